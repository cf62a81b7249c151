//! The manifest: reads a spin.toml of version 2, checks it, and resolves its
//! variables, so that the rest of the host meets only finished values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wasmtime::error::{Context, Result};
use wasmtime::{bail, ensure, format_err};

use crate::outbound::AllowedHosts;
use crate::routes::Routes;

/// An application as its manifest describes it, with every variable resolved.
/// Of its components it has those with a trigger: Spin serves no other, not even
/// to a component of the same application.
pub struct Application {
    /// Components by name.
    pub components: BTreeMap<String, Component>,
    /// Which component answers which path.
    pub routes: Routes,
}

/// What one component is made of and may reach.
#[derive(Debug)]
pub struct Component {
    /// Its WASM file.
    pub source: PathBuf,
    /// Folders that it may read, each with where it sees it.
    pub files: Vec<(PathBuf, String)>,
    /// Where it may call.
    pub allowed_outbound_hosts: AllowedHosts,
    /// Labels of the databases it may open.
    pub sqlite_databases: Vec<String>,
    /// Labels of the key-value stores it may open.
    pub key_value_stores: Vec<String>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// Its variables, with the templates filled in.
    pub variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct RawManifest {
    spin_manifest_version: u32,
    #[serde(default)]
    variables: BTreeMap<String, RawVariable>,
    #[serde(default)]
    trigger: RawTriggers,
    #[serde(default)]
    component: BTreeMap<String, RawComponent>,
}

#[derive(Deserialize)]
struct RawVariable {
    default: Option<String>,
    #[serde(default)]
    required: bool,
}

#[derive(Default, Deserialize)]
struct RawTriggers {
    #[serde(default)]
    http: Vec<RawTrigger>,
}

#[derive(Deserialize)]
struct RawTrigger {
    route: RawRoute,
    component: String,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "route must be a text or { private = true }")]
enum RawRoute {
    Public(String),
    Private { private: bool },
}

#[derive(Deserialize)]
struct RawComponent {
    source: PathBuf,
    #[serde(default)]
    files: Vec<RawFiles>,
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    sqlite_databases: Vec<String>,
    #[serde(default)]
    key_value_stores: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct RawFiles {
    source: PathBuf,
    destination: String,
}

impl Application {
    /// Reads the manifest at `path`; `given` are the values of variables that
    /// take precedence over the manifest's defaults.
    pub fn read(path: &Path, given: &BTreeMap<String, String>) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, folder, given).with_context(|| format!("in {}", path.display()))
    }

    /// Parses a manifest's text; sources of components are relative to `folder`.
    pub fn parse(text: &str, folder: &Path, given: &BTreeMap<String, String>) -> Result<Self> {
        let raw: RawManifest = toml::from_str(text)?;
        let version = raw.spin_manifest_version;
        ensure!(
            version == 2,
            "spin_manifest_version is {version}: this host reads only 2"
        );

        let variables = application_variables(&raw.variables, given)?;
        let names: Vec<String> = raw.component.keys().cloned().collect();
        let mut routes = Routes::default();
        let mut triggered = BTreeSet::new();
        for trigger in raw.trigger.http {
            let component = trigger.component;
            ensure!(
                names.contains(&component),
                "a trigger names the component {component:?}, which the manifest does not have"
            );
            match trigger.route {
                RawRoute::Public(route) => routes.add(&route, &component)?,
                RawRoute::Private { private: true } => {}
                RawRoute::Private { private: false } => {
                    bail!("the route of {component:?} must be a text or {{ private = true }}")
                }
            }
            triggered.insert(component);
        }

        let mut components: BTreeMap<String, Component> = raw
            .component
            .into_iter()
            .map(|(name, component)| {
                let component = component
                    .resolve(folder, &variables, &names)
                    .with_context(|| format!("in component {name:?}"))?;
                Ok((name, component))
            })
            .collect::<Result<_>>()?;
        components.retain(|name, _| triggered.contains(name));
        Ok(Self { components, routes })
    }
}

impl RawComponent {
    fn resolve(
        self,
        folder: &Path,
        variables: &BTreeMap<String, String>,
        components: &[String],
    ) -> Result<Component> {
        let hosts = self
            .allowed_outbound_hosts
            .iter()
            .map(|host| expand(host, variables))
            .collect::<Result<Vec<_>>>()?;
        let own_variables = self
            .variables
            .into_iter()
            .map(|(name, template)| {
                check_variable_name(&name).map_err(|reason| format_err!("{reason}"))?;
                let value = expand(&template, variables)?;
                Ok((name, value))
            })
            .collect::<Result<_>>()?;
        Ok(Component {
            source: folder.join(self.source),
            files: self
                .files
                .into_iter()
                .map(|files| (folder.join(files.source), files.destination))
                .collect(),
            allowed_outbound_hosts: AllowedHosts::parse(&hosts, components)?,
            sqlite_databases: self.sqlite_databases,
            key_value_stores: self.key_value_stores,
            environment: self.environment,
            variables: own_variables,
        })
    }
}

fn application_variables(
    declared: &BTreeMap<String, RawVariable>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let resolve = |(name, variable): (&String, &RawVariable)| {
        check_variable_name(name).map_err(|reason| format_err!("{reason}"))?;
        ensure!(
            variable.required != variable.default.is_some(),
            "the variable {name:?} must have either a default or required = true"
        );
        let value = given
            .get(name)
            .or(variable.default.as_ref())
            .with_context(|| format!("no value is given for the required variable {name:?}"))?;
        Ok((name.clone(), value.clone()))
    };
    declared.iter().map(resolve).collect()
}

/// Says what is wrong with a variable's name, by the rules that Spin applies.
pub fn check_variable_name(name: &str) -> std::result::Result<(), String> {
    let reason = if name.is_empty() {
        "must not be empty"
    } else if !name
        .bytes()
        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    {
        "may contain only lower-case letters, numbers, and underscores"
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a lowercase ASCII letter"
    } else if name.ends_with('_') {
        "must end with a lowercase ASCII letter or digit"
    } else if name.contains("__") {
        "must not contain multiple consecutive underscores"
    } else {
        return Ok(());
    };
    Err(format!("{name:?}: {reason}"))
}

/// Puts the values of variables in place of each `{{ name }}` of a template.
fn expand(template: &str, variables: &BTreeMap<String, String>) -> Result<String> {
    let mut expanded = String::new();
    let mut rest = template;
    while let Some((literal, expression)) = rest.split_once("{{") {
        let (name, after) = expression
            .split_once("}}")
            .with_context(|| format!("unmatched '{{{{' in the template {template:?}"))?;
        let value = variables.get(name.trim()).with_context(|| {
            format!("the template {template:?} names a variable that is not declared")
        })?;
        expanded.push_str(literal);
        expanded.push_str(value);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

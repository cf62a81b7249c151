//! What the host keeps for one instance of a component: made for a single
//! request and dropped after it, so that nothing passes from one to the next.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::key_value::KeyValue;
use crate::manifest::Component;
use crate::outbound::Outbound;
use crate::output::Lines;
use crate::serve::Server;

pub struct Instance {
    pub table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl Instance {
    pub fn new(server: Arc<Server>, component: &str) -> Self {
        let mut wasi = WasiCtx::builder();
        for (name, value) in &server.manifest(component).environment {
            wasi.env(name, value);
        }
        for (folder, seen_at) in &server.manifest(component).files {
            // A folder that wasn't made shows itself as files that aren't found.
            let _ = wasi.preopened_dir(folder, seen_at, FsPerms::ReadOnly);
        }
        if !server.quiet() {
            wasi.stdout(Lines::new(component))
                .stderr(Lines::new(component));
        }
        Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound: Outbound {
                server,
                component: component.to_owned(),
            },
        }
    }

    pub fn name(&self) -> &str {
        &self.outbound.component
    }

    pub fn manifest(&self) -> &Component {
        self.outbound.server.manifest(&self.outbound.component)
    }

    pub fn key_value(&self) -> &KeyValue {
        self.outbound.server.key_value()
    }

    /// The file behind a label of SQLite, if the component may open it.
    pub fn sqlite_file(&self, label: &str) -> Option<PathBuf> {
        let labels = &self.manifest().sqlite_databases;
        let allowed = labels.iter().any(|allowed| allowed == label);
        allowed.then(|| self.outbound.server.sqlite_file(label))
    }
}

impl WasiView for Instance {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Instance {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.outbound,
        }
    }
}

//! The Spin interfaces as Rust traits, generated from `wit/`, and the smallest
//! of them: a component's variables.

use fermyon::spin::variables::{Error, Host};

use crate::instance::Instance;
use crate::manifest::check_variable_name;

wasmtime::component::bindgen!({
    path: "wit",
    world: "platform",
    imports: { default: async },
    with: {
        "fermyon:spin/key-value.store": crate::key_value::Store,
        "fermyon:spin/sqlite.connection": crate::sqlite::Connection,
    },
});

impl Host for Instance {
    async fn get(&mut self, name: String) -> Result<String, Error> {
        check_variable_name(&name).map_err(Error::InvalidName)?;
        let undefined = || format!("no variable for {:?}.{name:?}", self.name());
        let value = self.manifest().variables.get(&name);
        value.cloned().ok_or_else(|| Error::Undefined(undefined()))
    }
}

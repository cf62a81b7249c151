//! A file's bytes among the objects: cut into chunks, each sealed with the file's own key and bound to its place.

use shared::platform::{Ports, objects};
use shared::problem::Problem;
use shared::sealing::DataKey;

/// How much of a file one object holds, in bytes before sealing.
pub const CHUNK: usize = 1024 * 1024;

/// Where the chunks of a file of so many bytes lie.
pub fn keys(id: &str, bytes: usize) -> Vec<String> {
    let count = bytes.div_ceil(CHUNK);
    (0..count).map(|number| format!("{id}/{number}")).collect()
}

/// Seals a file and puts it among the objects.
pub async fn put(ports: &Ports, key: &DataKey, id: &str, file: &[u8]) -> Result<(), Problem> {
    let objects = objects(ports);
    let places = keys(id, file.len());
    for (number, (chunk, place)) in file.chunks(CHUNK).zip(&places).enumerate() {
        let sealed = key.seal(&*ports.random, id, (number, places.len()), chunk)?;
        objects.put(place, &sealed).await?;
    }
    Ok(())
}

/// A file of so many bytes, opened.
pub async fn get(ports: &Ports, key: &DataKey, id: &str, bytes: usize) -> Result<Vec<u8>, Problem> {
    let objects = objects(ports);
    let places = keys(id, bytes);
    let mut file = Vec::with_capacity(bytes);
    for (number, place) in places.iter().enumerate() {
        let sealed = objects.get(place).await?;
        let sealed = sealed.ok_or_else(|| Problem::internal("a chunk of a file is missing"))?;
        file.extend(key.open(id, (number, places.len()), &sealed)?);
    }
    Ok(file)
}

/// Deletes a file's chunks, however many of them were written.
pub async fn delete(ports: &Ports, id: &str, bytes: usize) -> Result<(), Problem> {
    Ok(objects(ports).delete(&keys(id, bytes)).await?)
}

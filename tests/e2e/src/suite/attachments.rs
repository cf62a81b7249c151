//! Files in a chat: up, with a message, and down to the other side, as bytes, on both platforms.

use super::*;

/// A grey pixel, and the place where it was taken.
const PIXEL: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x19tEXtPlace\x0057.70887N 11.97456E9\x1fu\x22\x00\x00\x00\x0aIDATx\x9cc\xa8\x07\x00\x00\x81\x00\x80\xd3\x94SJ\x00\x00\x00\x00IEND\xaeB`\x82";

/// A case of a patient who can sign in, open from now on.
async fn a_case(world: &World) -> Result<String, Failure> {
    let visit = a_visit(world, &[]).await?.0;
    let case = json!({
        "patient": { "personal_identity": visit["patient"]["personal_identity"], "name": "Test Testsson" },
        "subject": "Bilder", "closes_at": training::keys::now().plus(7 * 24 * 3_600_000).to_string()
    });
    made(&world.post("anna.lind", "/messaging/v1/cases", case).await?)
}

async fn upload(world: &World, case: &str, file: Vec<u8>) -> Result<Answer, Failure> {
    let path = format!("/attachments/v1/chats/{case}/attachments");
    let key = crate::caller::new_key();
    world.post_under(&key, "anna.lind", &path, file).await
}

pub(super) async fn a_picture_goes_with_a_message_without_its_place_and_strangers_get_nothing(
    world: World,
) -> Verdict {
    let case = a_case(&world).await?;
    let id = made(&upload(&world, &case, PIXEL.to_vec()).await?)?;
    let messages = format!("/messaging/v1/chats/{case}/messages");
    made(
        &world
            .post("anna.lind", &messages, json!({ "text": "Se bilden" }))
            .await?,
    )?;
    let chat = world.get("anna.lind", &messages).await?.json();
    let shown = rows(&chat, "messages").last().cloned().unwrap_or_default();
    same(&shown["attachments"], &json!([format!("{id}.png")]))?;

    let path = format!("/attachments/v1/{id}");
    let file = world.get("anna.lind", &path).await?;
    same(file.status.as_u16(), 200)?;
    same(file.header("content-type"), "image/png")?;
    same(file.header("x-content-type-options"), "nosniff")?;
    sure(
        file.text.contains("IDAT") && !file.text.contains("57.70887N"),
        &file.text,
    )?;
    same(
        file.header("content-disposition").starts_with("inline; "),
        true,
    )?;
    for stranger in ["eva.dahl", "alex.blom"] {
        refused(&world.get(stranger, &path).await?, "404 not-found")?;
    }
    Ok(())
}

pub(super) async fn a_file_of_several_chunks_comes_back_byte_by_byte(world: World) -> Verdict {
    let case = a_case(&world).await?;
    let filling: String = (0..300_000).map(|n| format!("{:07}\n", n * 31)).collect();
    let document = format!("%PDF-1.7\n{filling}startxref\n9\n%%EOF\n");
    let uploaded = upload(&world, &case, document.clone().into_bytes()).await?;
    let path = format!("/attachments/v1/{}", made(&uploaded)?);
    let file = world.get("anna.lind", &path).await?;
    same(
        file.header("content-disposition")
            .starts_with("attachment; "),
        true,
    )?;
    sure(file.text == document, file.text.len())
}

pub(super) async fn a_file_that_lies_or_is_too_large_is_refused(world: World) -> Verdict {
    let case = a_case(&world).await?;
    let large = [b"%PDF-1.7\n".to_vec(), vec![b' '; 14_000_000]].concat();
    for (file, expected) in [
        (b"MZ, says it is a picture".to_vec(), "415 unknown-file"),
        (PIXEL[..60].to_vec(), "422 cut-file"),
        (large, "413 too-large"),
    ] {
        refused(&upload(&world, &case, file).await?, expected)?;
    }
    Ok(())
}

//! Prepares a running platform for programs of others, and prints what they need as JSON: for `cargo xtask conformance`.

mod documents;
mod signatures;
mod sites;

use anyhow::{Context as _, Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let usage = "usage: prepare sites|documents|signatures PLATFORM";
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().context(usage)?;
    let platform = arguments.next().context(usage)?;
    aim_tests::http::install_cryptography();
    let prepared = match what.as_str() {
        "sites" => sites::admit_all(&platform).await?,
        "documents" => documents::show_all(&platform).await?,
        "signatures" => signatures::sign_all(&platform).await?,
        _ => bail!(usage),
    };
    #[expect(clippy::print_stdout, reason = "the caller reads it")]
    {
        println!("{prepared}");
    }
    Ok(())
}

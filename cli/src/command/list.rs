//! `netsession list`: every configuration and how it stands.

use crate::arguments::{Listing, Source};
use crate::error::Failed;
use crate::{output, row, setup};
use std::collections::BTreeMap;
use std::process::ExitCode;

pub(crate) async fn run(source: Source, options: Listing) -> Result<ExitCode, Failed> {
    let config = setup::config(&source)?;
    let running = setup::start(&config).await?;
    let rows = row::rows(&running.client);
    running.client.shutdown().await;
    if options.json {
        output::all(&format!("{}\n", output::json(&BTreeMap::from([("configurations", rows)]))))
    } else {
        output::all(&row::table(&rows, output::is_coloured()))
    }
}

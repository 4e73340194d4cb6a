//! `netsession list`: every configuration and how it stands.

use crate::arguments::{Listing, Source};
use crate::error::Failed;
use crate::setup::{Plan, Told};
use crate::{output, row};
use std::collections::BTreeMap;
use std::process::ExitCode;

pub(crate) async fn run(source: Source, told: Told, options: Listing) -> Result<ExitCode, Failed> {
    let running = Plan::make(&source, told).await?.start(told).await?;
    let rows = row::rows(&running);
    running.client.shutdown().await;
    if options.json {
        output::all(&format!("{}\n", output::json(&BTreeMap::from([("configurations", rows)]))))
    } else {
        output::all(&row::table(&rows, output::is_coloured()))
    }
}

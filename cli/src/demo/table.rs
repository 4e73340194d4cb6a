//! Which figures are shown at the end, and how? One row a roam.

use super::figures::Scene;
use super::report::Report;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

/// The table of a run.
pub(super) fn of(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(["roam", "from", "to", "bytes sent", "bytes lost", "longest stall", "event to working"]);
    for roam in &report.roams {
        let what = match roam.scene {
            Scene::Accept => "accepted",
            Scene::Reject => "rejected",
            Scene::Cut => "cut",
        };
        let working = if roam.scene == Scene::Cut { millis(report.cut.event_to_working_ms) } else { String::new() };
        let (sent, lost) = (roam.bytes_sent.to_string(), roam.bytes_lost.to_string());
        table.add_row([what.to_owned(), roam.from.to_owned(), roam.to.to_owned(), sent, lost, millis(Some(roam.stall_ms)), working]);
    }
    let whole = &report.transfer;
    table.add_row([
        "whole transfer".to_owned(),
        String::new(),
        String::new(),
        whole.bytes_sent.to_string(),
        whole.bytes_lost.to_string(),
        format!("at rest {}", millis(Some(whole.stall_at_rest_ms))),
        String::new(),
    ]);
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn millis(millis: Option<f64>) -> String {
    millis.map_or("not measured".to_owned(), |millis| format!("{millis:.1} ms"))
}

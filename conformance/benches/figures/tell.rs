//! How does a lab tell its figures to the process that began it? One line for each, which the table there takes.

use crate::table::{Table, Target, millis};
use std::time::Duration;

/// What a line of a lab begins with.
const LINE: &str = "figure";

/// Tells a figure: what it is, its samples, and the peer's with its name; in milliseconds.
pub(crate) fn tell(what: &str, samples: &[Duration], peer: Option<(&str, &[Duration])>, target: Target) {
    let (name, peers) = peer.map_or(("", Vec::new()), |(name, samples)| (name, millis(samples)));
    say(what, "ms", &millis(samples), name, &peers, target);
}

/// Tells how many bytes were lost; none may be.
pub(crate) fn tell_lost(what: &str, lost: usize) {
    say(what, "bytes", &[lost as f64], "", &[], Target::AtMost(0.0));
}

fn say(what: &str, unit: &str, samples: &[f64], name: &str, peers: &[f64], target: Target) {
    let numbers = |samples: &[f64]| samples.iter().map(|it| format!("{it:.4}")).collect::<Vec<_>>().join(",");
    let target = match target {
        Target::AtMost(most) => format!("at-most:{most}"),
        Target::Times(most) => format!("times:{most}"),
        Target::None => String::new(),
    };
    println!("{LINE}|{what}|{unit}|{}|{name}|{}|{target}", numbers(samples), numbers(peers));
}

/// Takes the lines of a lab into a table.
pub(crate) fn hear(table: &mut Table, lab: &str, said: &str) {
    let numbers = |text: &str| text.split(',').filter_map(|it| it.parse().ok()).collect::<Vec<f64>>();
    for line in said.lines() {
        let parts: Vec<&str> = line.split('|').collect();
        let [LINE, what, unit, samples, name, peers, target] = parts.as_slice() else { continue };
        let target = match target.split_once(':').map(|(kind, most)| (kind, most.parse().unwrap_or(f64::NAN))) {
            Some(("at-most", most)) => Target::AtMost(most),
            Some(("times", most)) => Target::Times(most),
            Some(_) | None => Target::None,
        };
        let peers = numbers(peers);
        let peer = (!name.is_empty()).then_some((*name, peers.as_slice()));
        table.take(&format!("{lab}: {what}"), unit, &numbers(samples), peer, target);
    }
}

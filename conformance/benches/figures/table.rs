//! How are figures told? A lab prints them line by line; the table puts medians, peers, ratios and targets side by side.

use std::fmt;
use std::time::Duration;

/// What a line of a lab begins with.
const LINE: &str = "figure";

/// How a figure is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// Milliseconds at most.
    AtMost(f64),
    /// So many times the peer's at most.
    Times(f64),
    /// None: something to compare with.
    None,
}

/// Tells a figure: what it is, its samples in milliseconds, and the peer's with its name.
pub(crate) fn tell(what: &str, samples: &[Duration], peer: Option<(&str, &[Duration])>, target: Target) {
    let millis = |samples: &[Duration]| samples.iter().map(|it| format!("{:.4}", it.as_secs_f64() * 1e3)).collect::<Vec<_>>().join(",");
    let (name, peers) = peer.map_or(("", String::new()), |(name, samples)| (name, millis(samples)));
    let target = match target {
        Target::AtMost(most) => format!("at-most:{most}"),
        Target::Times(most) => format!("times:{most}"),
        Target::None => String::new(),
    };
    println!("{LINE}|{what}|{}|{name}|{peers}|{target}", millis(samples));
}

/// Tells how many bytes were lost; none may be.
pub(crate) fn tell_lost(what: &str, lost: usize) {
    println!("{LINE}|{what}|{lost}|||none");
}

/// Every figure of a run.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 6]>,
}

impl Table {
    /// Takes the lines of a lab.
    pub(crate) fn take(&mut self, lab: &str, said: &str) {
        for line in said.lines() {
            let parts: Vec<&str> = line.split('|').collect();
            let [LINE, what, samples, name, peers, target] = parts.as_slice() else { continue };
            let (median, peer) = (median(samples), median(peers));
            let ratio = peer.filter(|peer| *peer > 0.0).zip(median).map(|(peer, median)| median / peer);
            let verdict = match target.split_once(':') {
                Some(("at-most", most)) => judge(median, most, "ms"),
                Some(("times", most)) => judge(ratio, most, "x"),
                _ if *target == "none" => judge(median, "0", "bytes"),
                _ => String::new(),
            };
            let shown = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
            let peer = if name.is_empty() { String::new() } else { format!("{name} {}", shown(peer)) };
            let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.3}"));
            self.rows.push([lab.into(), (*what).into(), spread(samples), peer, ratio, verdict]);
        }
    }
}

fn numbers(samples: &str) -> Vec<f64> {
    let mut numbers: Vec<f64> = samples.split(',').filter_map(|it| it.parse().ok()).collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

fn median(samples: &str) -> Option<f64> {
    let numbers = numbers(samples);
    numbers.get(numbers.len() / 2).copied()
}

/// Median, and from least to greatest if there are several.
fn spread(samples: &str) -> String {
    match numbers(samples).as_slice() {
        [] => String::new(),
        [one] => format!("{one:.3}"),
        all => format!("{:.3} ({:.3} to {:.3}, {} times)", all[all.len() / 2], all[0], all[all.len() - 1], all.len()),
    }
}

fn judge(value: Option<f64>, most: &str, unit: &str) -> String {
    let met = value.zip(most.parse::<f64>().ok()).is_some_and(|(value, most)| value <= most);
    format!("at most {most} {unit}: {}", if met { "met" } else { "MISSED" })
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEAD: [&str; 6] = ["lab", "figure", "median, ms", "peer, ms", "ratio", "target"];
        let head = HEAD.map(str::to_owned);
        let all = || std::iter::once(&head).chain(&self.rows);
        let widths: Vec<usize> = (0..HEAD.len()).map(|column| all().map(|row| row[column].len()).max().unwrap_or(0)).collect();
        for row in all() {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

//! How are figures told? Medians with their spread, what they are compared with, and whether targets were met. The benches of the broker
//! tell theirs with it, too.

use std::fmt;
use std::time::Duration;

/// How a figure is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// At most this much, in its own unit.
    AtMost(f64),
    /// So many times the peer's at most.
    Times(f64),
    /// None: something to compare with.
    None,
}

/// Every figure of a run.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 5]>,
}

impl Table {
    /// Takes the samples of a figure in `unit`, and the samples of what it is compared with, if with anything. What has no samples is no
    /// number, and meets no target.
    pub(crate) fn take(&mut self, what: &str, unit: &str, samples: &[f64], peer: Option<(&str, &[f64])>, target: Target) {
        let value = median(samples);
        let ratio = peer.map(|(_, samples)| value / median(samples));
        let beside = peer.map_or(String::new(), |(name, samples)| format!("{name} {}", shown(median(samples))));
        let target = match target {
            Target::AtMost(most) => format!("at most {} {unit}: {}", shown(most), verdict(value, most)),
            Target::Times(most) => format!("at most {} times: {}", shown(most), verdict(ratio.unwrap_or(f64::NAN), most)),
            Target::None => String::new(),
        };
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.3}"));
        self.rows.push([what.to_owned(), spread(samples, unit), beside, ratio, target]);
    }
}

/// Durations in milliseconds.
pub(crate) fn millis(samples: &[Duration]) -> Vec<f64> {
    samples.iter().map(|it| it.as_secs_f64() * 1e3).collect()
}

fn verdict(value: f64, most: f64) -> &'static str {
    if value <= most { "met" } else { "MISSED" }
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn median(samples: &[f64]) -> f64 {
    sorted(samples).get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

fn shown(value: f64) -> String {
    if value.abs() < 100.0 { format!("{value:.3}") } else { format!("{value:.0}") }
}

/// Median, and from least to greatest if there are several.
fn spread(samples: &[f64], unit: &str) -> String {
    match sorted(samples).as_slice() {
        [] => "nothing measured".to_owned(),
        [one] => format!("{} {unit}", shown(*one)),
        all => format!("{} {unit} ({} to {}, {} times)", shown(median(all)), shown(all[0]), shown(all[all.len() - 1]), all.len()),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEAD: [&str; 5] = ["figure", "median", "beside", "ratio", "target"];
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

//! How are figures told? Medians with their spread, what they are compared with, and whether targets were met.

use std::fmt;
use std::time::Duration;

/// How a figure is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// At most this much, in its own unit.
    AtMost(f64),
    /// None: something to compare with.
    None,
}

/// Every figure of a run.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 5]>,
}

impl Table {
    /// Takes the samples of a figure in `unit`, and the samples of what it is compared with, if with anything.
    pub(crate) fn take(&mut self, what: &str, unit: &str, samples: &[f64], peer: Option<(&str, &[f64])>, target: Target) {
        let value = median(samples);
        let (peer, ratio) = match peer {
            Some((name, samples)) => (format!("{name} {}", shown(median(samples))), format!("{:.2}", value / median(samples))),
            None => Default::default(),
        };
        let target = match target {
            Target::AtMost(most) => format!("at most {} {unit}: {}", shown(most), if value <= most { "met" } else { "MISSED" }),
            Target::None => String::new(),
        };
        self.rows.push([what.to_owned(), spread(samples, unit), peer, ratio, target]);
    }
}

/// Durations in milliseconds.
pub(crate) fn millis(samples: &[Duration]) -> Vec<f64> {
    samples.iter().map(|it| it.as_secs_f64() * 1e3).collect()
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn median(samples: &[f64]) -> f64 {
    sorted(samples)[samples.len() / 2]
}

fn shown(value: f64) -> String {
    if value.abs() < 100.0 { format!("{value:.3}") } else { format!("{value:.0}") }
}

/// Median, and from least to greatest if there are several.
fn spread(samples: &[f64], unit: &str) -> String {
    match sorted(samples).as_slice() {
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

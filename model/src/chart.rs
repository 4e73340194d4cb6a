//! A story as a picture: lanes from top to bottom, arrows for what is said, boxes for what happens to one lane only.

use crate::story::{Lane, Line, Story};
use std::fmt::Write as _;

/// Between two lanes.
const LANE: usize = 250;
/// Before the first one: the numbers of the steps.
const MARGIN: usize = 110;
/// From line to line.
const ROW: usize = 24;
/// Above the first line: the names of the lanes.
const HEAD: usize = 46;

/// A story as SVG, to be put into a page with a dark background; the lines of its last step stand out.
#[must_use]
pub fn svg(story: &Story) -> String {
    let lanes: Vec<Lane> = (0..story.sessions as u32).map(Lane::Client).chain([Lane::Hub, Lane::Executor]).collect();
    let width = MARGIN + (lanes.len() - 1) * LANE + MARGIN;
    let height = HEAD + (story.lines.len().max(1) + 1) * ROW;
    let last = story.lines.last().map_or(0, |line| line.step);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"netsession-chart\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>{}</title>\n\
         <defs><marker id=\"said\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path d=\"M0,0 L8,4 L0,8 z\" fill=\"#f2e27a\"/></marker></defs>\n",
        escaped(&story.title)
    );
    for lane in &lanes {
        let at = x(&lanes, *lane);
        let _ = writeln!(
            svg,
            "<line x1=\"{at}\" y1=\"{HEAD}\" x2=\"{at}\" y2=\"{height}\" stroke=\"#5d86a3\" stroke-width=\"1.5\"/>\n\
             <rect x=\"{}\" y=\"8\" width=\"92\" height=\"26\" rx=\"5\" fill=\"#2b5672\" stroke=\"#fff9d1\"/>\n\
             <text x=\"{at}\" y=\"26\" text-anchor=\"middle\" font-size=\"14\" fill=\"#ffffff\">{}</text>",
            at - 46,
            escaped(&lane.to_string())
        );
    }
    let mut told = 0;
    for (place, line) in story.lines.iter().enumerate() {
        let y = HEAD + (place + 1) * ROW;
        let opacity = if line.step == last { "1" } else { "0.75" };
        let _ =
            writeln!(svg, "<g opacity=\"{opacity}\" class=\"{}\">", if line.step == last { "netsession-last" } else { "netsession-line" });
        if line.step != told {
            told = line.step;
            if line.step == last {
                let band = story.lines.iter().filter(|other| other.step == last).count() * ROW;
                let _ = writeln!(
                    svg,
                    "<rect x=\"0\" y=\"{}\" width=\"{width}\" height=\"{band}\" fill=\"#2b5672\" opacity=\"0.55\"/>",
                    y - ROW + 6
                );
            }
            let _ = writeln!(svg, "<text x=\"14\" y=\"{}\" fill=\"#e7ecef\">{told}</text>", y);
        }
        draw(&mut svg, &lanes, line, y);
        svg.push_str("</g>\n");
    }
    if story.lines.is_empty() {
        let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{}\" fill=\"#e7ecef\">nothing happened yet</text>", HEAD + ROW);
    }
    svg.push_str("</svg>");
    svg
}

fn x(lanes: &[Lane], lane: Lane) -> usize {
    MARGIN + lanes.iter().position(|known| *known == lane).unwrap_or(0) * LANE
}

fn draw(svg: &mut String, lanes: &[Lane], line: &Line, y: usize) {
    let (from, to) = (x(lanes, line.from), x(lanes, line.to));
    let text = escaped(&line.text);
    if from == to {
        // About seven pixels a letter; what stands on the last lane is told to its left.
        let width = 14 + line.text.chars().count() * 7;
        let left = if Some(&line.from) == lanes.last() { (from + 90).saturating_sub(width) } else { from.saturating_sub(width / 2) };
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"18\" rx=\"4\" fill=\"#142b46\" stroke=\"#8fb3cc\"/>\n\
             <text x=\"{}\" y=\"{y}\" text-anchor=\"middle\" fill=\"#e7ecef\">{text}</text>",
            y - 13,
            left + width / 2
        );
        return;
    }
    let middle = (from + to) / 2;
    let _ = writeln!(
        svg,
        "<line x1=\"{from}\" y1=\"{0}\" x2=\"{to}\" y2=\"{0}\" stroke=\"#f2e27a\" stroke-width=\"1.5\" marker-end=\"url(#said)\"/>\n\
         <text x=\"{middle}\" y=\"{1}\" text-anchor=\"middle\" fill=\"#ffffff\" stroke=\"#142b46\" stroke-width=\"4\" \
         paint-order=\"stroke\">{text}</text>",
        y + 4,
        y - 1
    );
}

/// Text as XML has it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

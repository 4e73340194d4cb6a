//! How are many mistakes built at once? Each function has all its bodies, and chooses by number.

use crate::listed::{Mutant, Place, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The name of the variable that says which mutant is on.
pub(crate) const VARIABLE: &str = "NETSESSION_MISTAKE";

/// What chooses, as a module of the woven crate.
pub(crate) const MODULE: &str = r#"
/// Which mistake is on; 0: none.
#[doc(hidden)]
#[inline]
pub fn mistake() -> u32 {
    extern crate std;
    static ON: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var("NETSESSION_MISTAKE").ok().and_then(|number| number.parse().ok()).unwrap_or(0))
}
"#;

/// A file with all its mistakes.
#[derive(Debug)]
pub(crate) struct Woven {
    pub(crate) text: String,
    /// Lines, from 1, of each mutant's body, by its number.
    lines: Vec<(Range<usize>, u32)>,
}

impl Woven {
    /// The mutant whose body holds this line.
    pub(crate) fn mutant_at(&self, line: usize) -> Option<u32> {
        self.lines.iter().find(|(lines, _)| lines.contains(&line)).map(|(_, number)| *number)
    }
}

/// Where a place is in a text, in bytes.
fn offset(text: &str, place: Place) -> usize {
    let mut begin = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number + 1 == place.line {
            return begin + line.char_indices().nth(place.column - 1).map_or(line.len(), |(at, _)| at);
        }
        begin += line.len();
    }
    text.len()
}

fn bytes(text: &str, span: Span) -> Range<usize> {
    offset(text, span.start)..offset(text, span.end)
}

/// A file with one mistake and no other.
pub(crate) fn alone(text: &str, mutant: &Mutant) -> String {
    let at = bytes(text, mutant.span);
    format!("{}{}{}", &text[..at.start], mutant.replacement, &text[at.end..])
}

/// Whether a mutant's function can have several bodies. One that is called where everything is constant cannot choose; of one within
/// another, it is the inner one that does.
pub(crate) fn can_be_woven(text: &str, mutant: &Mutant, constant: &BTreeSet<String>) -> bool {
    let Some(function) = mutant.function else { return false };
    let function = &text[bytes(text, function)];
    let (head, body) = function.split_at(function.find('{').unwrap_or(0));
    let is_constant = head.split_once(CONST).is_some_and(|(_, rest)| constant.contains(name(rest)));
    !is_constant && !body.contains(" fn ") && !head.contains("-> impl ") && !head.contains("-> Option<impl ")
}

const CONST: &str = "const fn ";

/// The name that a text begins with.
fn name(text: &str) -> &str {
    &text[..text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len())]
}

/// Functions that need not be constant are not, so that they can choose.
fn not_constant(text: &str, constant: &BTreeSet<String>) -> String {
    let mut parts = text.split(CONST);
    let mut freed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        freed += if constant.contains(name(part)) { CONST } else { "fn " };
        freed += part;
    }
    freed
}

/// Weaves mutants, all of one file and each with its number, into it; functions of these names stay constant.
pub(crate) fn weave(text: &str, mutants: &[(u32, &Mutant)], constant: &BTreeSet<String>) -> Woven {
    let mut functions: BTreeMap<Span, Vec<(u32, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants {
        if let Some(function) = mutant.function {
            functions.entry(function).or_default().push((*number, mutant));
        }
    }
    let (mut woven, mut lines, mut done) = (String::new(), Vec::new(), 0);
    for (function, mutants) in functions {
        let span = bytes(text, function);
        let body = span.start + text[span.clone()].find('{').unwrap_or(0)..span.end;
        woven += &text[done..body.start];
        woven += "{ match crate::mistake() {\n";
        for (number, mutant) in mutants {
            let at = bytes(text, mutant.span);
            let first = woven.matches('\n').count() + 1;
            woven += &format!("{number} => {}{}{}\n", &text[body.start..at.start], mutant.replacement, &text[at.end..body.end]);
            lines.push((first..woven.matches('\n').count() + 1, number));
        }
        woven += &format!("_ => {}\n}} }}", &text[body.clone()]);
        done = body.end;
    }
    woven += &text[done..];
    Woven { text: not_constant(&woven, constant), lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/// é\nfn both(a: bool, b: bool) -> bool {\n    a && b\n}\n\nconst fn two() -> u32 {\n    1 + 1\n}\n";

    fn span(line: usize, columns: Range<usize>) -> Span {
        Span { start: Place { line, column: columns.start }, end: Place { line, column: columns.end } }
    }

    fn mutant(function: Span, span: Span, replacement: &str) -> Mutant {
        Mutant { name: String::new(), file: String::new(), function: Some(function), span, replacement: replacement.to_owned() }
    }

    #[test]
    fn a_function_has_every_body_and_lines_lead_back() {
        let function = Span { start: Place { line: 2, column: 1 }, end: Place { line: 4, column: 2 } };
        let (or, yes) = (mutant(function, span(3, 7..9), "||"), mutant(function, span(3, 5..11), "true"));
        let two = BTreeSet::from(["two".to_owned()]);
        assert!(can_be_woven(TEXT, &or, &two));
        let woven = weave(TEXT, &[(7, &or), (9, &yes)], &two);
        let expected = "/// é\nfn both(a: bool, b: bool) -> bool { match crate::mistake() {\n7 => {\n    a || b\n}\n9 => {\n    true\n}\n_ => \
                        {\n    a && b\n}\n} }\n\nconst fn two() -> u32 {\n    1 + 1\n}\n";
        assert_eq!(woven.text, expected);
        assert_eq!([3, 5, 6, 9].map(|line| woven.mutant_at(line)), [Some(7), Some(7), Some(9), None]);
    }

    #[test]
    fn a_constant_function_is_woven_unless_it_has_to_be_constant() {
        let function = Span { start: Place { line: 6, column: 1 }, end: Place { line: 8, column: 2 } };
        let minus = mutant(function, span(7, 7..8), "-");
        let two = BTreeSet::from(["two".to_owned()]);
        assert!(!can_be_woven(TEXT, &minus, &two));
        assert!(alone(TEXT, &minus).contains("1 - 1"));
        let other = BTreeSet::from(["tw".to_owned()]);
        assert!(can_be_woven(TEXT, &minus, &other));
        let woven = weave(TEXT, &[(3, &minus)], &other);
        assert!(
            woven.text.ends_with("\nfn two() -> u32 { match crate::mistake() {\n3 => {\n    1 - 1\n}\n_ => {\n    1 + 1\n}\n} }\n"),
            "{woven:?}"
        );
    }
}

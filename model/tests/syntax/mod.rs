//! Is a text a Mermaid state diagram? Stricter than Mermaid: what we write, and no letter that its lexer could trip over.

use std::collections::BTreeSet;

const RESERVED: [&str; 12] = ["state", "note", "end", "default", "direction", "class", "classDef", "as", "click", "style", "hide", "root"];

/// Checks every line; says which is wrong, and why.
pub(crate) fn state_diagram(text: &str) -> Result<(), String> {
    let mut lines = text.lines();
    if lines.next() != Some("stateDiagram-v2") {
        return Err("no stateDiagram-v2".to_owned());
    }
    let (mut declared, mut arrows, mut depth) = (BTreeSet::new(), Vec::new(), 0_usize);
    let mut starts = 0;
    for line in lines {
        let wrong = |why: &str| Err(format!("{why}: {line}"));
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["}"] => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return wrong("closes what is not open"),
            },
            ["state", id, "{"] => {
                depth += 1;
                declare(&mut declared, id)?;
            }
            ["[*]", "-->", id] => {
                starts += 1;
                arrows.push(("[*]".to_owned(), (*id).to_owned()));
            }
            [from, "-->", to, ":", ..] => {
                let Some((_, label)) = line.split_once(" : ") else { return wrong("no label") };
                if !label_is_safe(label) {
                    return wrong("unsafe label");
                }
                if depth > 0 {
                    return wrong("arrow inside a composite state");
                }
                if arrows.contains(&((*from).to_owned(), (*to).to_owned())) {
                    return wrong("second arrow");
                }
                arrows.push(((*from).to_owned(), (*to).to_owned()));
            }
            ["state", .., "as", id] => {
                let quoted = line.trim().strip_prefix("state \"").and_then(|rest| rest.strip_suffix(&format!("\" as {id}")));
                match quoted {
                    Some(label) if label_is_safe(label) => declare(&mut declared, id)?,
                    Some(_) | None => return wrong("unsafe name"),
                }
            }
            [id] => declare(&mut declared, id)?,
            _ => return wrong("not understood"),
        }
    }
    if depth > 0 {
        return Err("a composite state is left open".to_owned());
    }
    if starts != 1 {
        return Err(format!("{starts} initial arrows"));
    }
    match arrows.iter().flat_map(|(from, to)| [from, to]).find(|id| *id != "[*]" && !declared.contains(*id)) {
        Some(id) => Err(format!("{id} is not declared")),
        None => Ok(()),
    }
}

fn declare(declared: &mut BTreeSet<String>, id: &str) -> Result<(), String> {
    let plain = id.starts_with(|letter: char| letter.is_ascii_alphabetic()) && id.chars().all(|letter| letter.is_ascii_alphanumeric());
    if !plain || RESERVED.contains(&id) {
        return Err(format!("{id} is no id"));
    }
    if declared.insert(id.to_owned()) { Ok(()) } else { Err(format!("{id} is declared twice")) }
}

fn label_is_safe(label: &str) -> bool {
    let text = label.replace("<br/>", " ");
    let plain = |letter: char| letter.is_ascii_alphanumeric() || " ,./()[]".contains(letter);
    !text.trim().is_empty() && text.chars().all(plain)
}

#[test]
fn what_is_wrong_is_found() {
    let faulty = [
        ("flowchart\n", "no stateDiagram-v2"),
        ("stateDiagram-v2\n    A\n    [*] --> B\n", "B is not declared"),
        ("stateDiagram-v2\n    A\n    A\n    [*] --> A\n", "A is declared twice"),
        ("stateDiagram-v2\n    A\n", "0 initial arrows"),
        ("stateDiagram-v2\n    state G {\n    A\n    [*] --> A\n", "a composite state is left open"),
        ("stateDiagram-v2\n    }\n", "closes what is not open:     }"),
        ("stateDiagram-v2\n    end\n", "end is no id"),
        ("stateDiagram-v2\n    A\n    A --> A : x; y\n", "unsafe label:     A --> A : x; y"),
        ("stateDiagram-v2\n    A\n    A --> A : x: y\n", "unsafe label:     A --> A : x: y"),
        ("stateDiagram-v2\n    A\n    A --> A : x\n    A --> A : y\n", "second arrow:     A --> A : y"),
        ("stateDiagram-v2\n    A -> A\n", "not understood:     A -> A"),
    ];
    for (text, why) in faulty {
        assert_eq!(state_diagram(text), Err(why.to_owned()));
    }
    assert_eq!(state_diagram("stateDiagram-v2\n    state \"A b\" as A\n    [*] --> A\n    A --> A : x [y]<br/>z\n"), Ok(()));
}

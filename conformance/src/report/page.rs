//! What is known in numbers? A page of all figures, each with the command that makes it; those that nobody measured are named, too.

use super::Figure;
use std::fmt::Write as _;

/// A group of figures that the page is to have.
struct Group {
    figure: &'static str,
    title: &'static str,
    /// What it says, and how it is to be read.
    about: &'static str,
    /// What makes it.
    command: &'static str,
}

const GROUPS: [Group; 6] = [
    Group {
        figure: "laws",
        title: "Laws",
        about: "How many laws each executor keeps. What one is excused from is said with its reason when they are played.",
        command: "make figures",
    },
    Group {
        figure: "scenarios",
        title: "Scenarios",
        about: "How many stories were played on each executor. One that needs what an executor does not have is excused, with the reason.",
        command: "make figures",
    },
    Group {
        figure: "coverage",
        title: "Transitions and rows",
        about: "How much of what the machines and the contract's tables can do happened on each executor.",
        command: "make reached",
    },
    Group {
        figure: "soak",
        title: "Soak",
        about: "Everything broken at once, at random; then mended, and counted what is left.",
        command: "NETSESSION_WRITE=1 make soak MINUTES=15",
    },
    Group {
        figure: "mutation",
        title: "Mutation",
        about: "How many of the changes that a tool makes to the machines, one at a time, are found by the tests.",
        command: "make mutation",
    },
    Group { figure: "fuzz", title: "Fuzzing", about: "How many inputs each target was given.", command: "make fuzz SECONDS=60" },
];

/// The page of these figures.
#[must_use]
pub fn page(figures: &[Figure]) -> String {
    let mut page = "<!-- written by `make report` from conformance/report, which the commands below fill -->\n\
                    # In numbers\n\nEvery number was made by the command beside it, at the root of the tree, of the commit that is named \
                    (a `+`: and of changes that were not committed yet).\n"
        .to_owned();
    for Group { figure, title, about, command } in GROUPS {
        let _ = write!(page, "\n## {title}\n\n{about}\n\n");
        match figures.iter().find(|it| it.figure == figure) {
            Some(figure) => page += &table(figure),
            None => _ = writeln!(page, "**Missing**: nobody measured this yet. `{command}` does."),
        }
    }
    // a group this page does not know yet is better shown than lost
    for figure in figures.iter().filter(|it| GROUPS.iter().all(|group| group.figure != it.figure)) {
        let _ = write!(page, "\n## {}\n\n{}", figure.figure, table(figure));
    }
    page
}

fn table(figure: &Figure) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = "|---".repeat(figure.columns.len());
    let rows: String = figure.rows.iter().map(|row| line(row)).collect();
    let Figure { command, commit, date, .. } = figure;
    format!("{}{rule}|\n{rows}\n`{command}`, {date}, of {commit}.\n", line(&figure.columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_command_and_a_missing_one_is_named() {
        let figure = Figure {
            figure: "laws".into(),
            command: "count".into(),
            commit: "c0ffee".into(),
            date: "2025-11-29".into(),
            columns: vec!["executor".into(), "kept".into()],
            rows: vec![vec!["sim".into(), "7".into()]],
        };
        let page = page(&[figure.clone(), Figure { figure: "weather".into(), ..figure }]);
        let laws = "| executor | kept |\n|---|---|\n| sim | 7 |\n\n`count`, 2025-11-29, of c0ffee.\n";
        assert!(page.contains(&format!("played.\n\n{laws}\n## Scenarios\n")), "{page}");
        assert!(
            page.contains("\n## Fuzzing\n\nHow many inputs each target was given.\n\n**Missing**: nobody measured this yet."),
            "{page}"
        );
        assert!(page.ends_with(&format!("\n## weather\n\n{laws}")), "{page}");
    }
}

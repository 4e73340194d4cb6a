//! Do mistakes in a scenario say where they are, and what was expected there? Does what is written read back to the same?

use super::File;
use libtest_mimic::{Failed, Trial};
use netsession_conformance::scenario::Scenario;

const BEGINNING: &str = "# Shows a mistake.\naccess point wlan\n";

/// What is wrong, what is said of it, and what was expected.
const MISTAKES: [(&str, &str, &str); 14] = [
    ("access point lte: bearer wifi", "x:3:26: \"wifi\" was not expected here", "`wlan`"),
    ("access point wlan", "x:3:14: there is a \"wlan\" already", "name of its own"),
    ("access point lte: radio one, away, radio two", "x:3:14: the same is said of it twice", "say it once"),
    ("session anna on wlan: forced, prefers bearer lte, avoids metered, off", "x:3:9: the same is said of it twice", "say it once"),
    ("service network internet: wlan, lte", "x:3:33: \"lte\" is no access point", "known: wlan"),
    ("service network internet wlan", "x:3:26: \"wlan\" was not expected here", "`:`"),
    ("anna opens", "x:3:1: \"anna\" is no session", "there is no session yet"),
    ("session anna on wlan: modest", "x:3:23: \"modest\" was not expected here", "`may not stop`"),
    ("session anna on wlan\nanna dances", "x:4:6: \"dances\" was not expected here", "`closes`"),
    ("session anna on wlan\nanna says Connecting, conected", "x:4:23: \"conected\" was not expected here", "`Connected`"),
    ("session anna on wlan\nanna says", "x:4:10: something is missing here", "`opened`"),
    ("after 30 seconds", "x:3:10: \"seconds\" was not expected here", "`min`"),
    ("repeat 3 times\nwlan is cut", "x:3:1: this is never ended", "`end`"),
    ("wlan is cut\nservice network internet: wlan", "x:4:1: what there is comes before what happens", "move it up"),
];

pub(super) fn tests() -> Vec<Trial> {
    let mut tests: Vec<_> =
        MISTAKES.iter().map(|mistake| Trial::test(format!("language::{}", mistake.1), move || says(*mistake))).collect();
    tests.push(Trial::test("language::a_file_says_what_it_intends", || match Scenario::read("x", "access point wlan\n") {
        Err(error) if error.to_string().contains("does not begin with a comment") => Ok(()),
        other => Err(format!("{other:?}").into()),
    }));
    tests
}

/// Every file, read and written, reads to the same scenario; and to the same text when that is written again.
pub(super) fn written(files: &'static [File]) -> Trial {
    let same = |file: &File| {
        let scenario = file.scenario()?;
        let text = scenario.to_string();
        let again = Scenario::read(&file.path, &text).map_err(|error| format!("{error}\n{text}"))?;
        let wide = text.lines().filter(|line| line.starts_with('#')).any(|line| line.chars().count() > 130);
        if again == scenario && again.to_string() == text && !wide { Ok(()) } else { Err(format!("{}:\n{text}", file.path)) }
    };
    Trial::test("language::what_is_written_reads_back_to_the_same", move || Ok(files.iter().try_for_each(same)?))
}

fn says((line, wrong, expected): (&str, &str, &str)) -> Result<(), Failed> {
    let error = match Scenario::read("x", &format!("{BEGINNING}{line}\n")) {
        Ok(_) => return Err("it was read".into()),
        Err(error) => error.to_string(),
    };
    if error.starts_with(wrong) && error.contains(expected) { Ok(()) } else { Err(error.into()) }
}

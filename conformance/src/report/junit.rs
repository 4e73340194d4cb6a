//! The verdicts as a continuous integration reads them: JUnit XML, one suite an executor, one case a law.

use super::{Played, Report, Shown, Verdict};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;
use std::time::Duration;

/// A report as a document. What is excused, or impossible here, is skipped, with the reason.
///
/// # Panics
/// Never: nothing that is written to memory fails.
#[must_use]
pub fn document(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, report).expect("writing to memory does not fail");
    let mut text = String::from_utf8(writer.into_inner()).expect("everything written is text");
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, report: &Report) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all: Vec<_> = report.shown.iter().flat_map(|shown| &shown.laws).collect();
    let facts = facts("netsession conformance", &all);
    writer
        .create_element("testsuites")
        .with_attributes(facts.iter().map(|(name, value)| (*name, value.as_str())))
        .write_inner_content(|writer| report.shown.iter().try_for_each(|shown| suite(writer, shown)))
        .map(drop)
}

fn facts(name: &str, laws: &[&Played]) -> [(&'static str, String); 6] {
    let count = |words: &[&str]| laws.iter().filter(|played| words.contains(&played.verdict.word())).count().to_string();
    let time = laws.iter().map(|played| played.time).sum();
    [
        ("name", name.to_owned()),
        ("tests", laws.len().to_string()),
        ("failures", count(&["failed"])),
        ("skipped", count(&["excused", "impossible"])),
        ("errors", "0".to_owned()),
        ("time", seconds(time)),
    ]
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

fn suite(writer: &mut Writer<Vec<u8>>, shown: &Shown) -> io::Result<()> {
    let facts = facts(&shown.executor, &shown.laws.iter().collect::<Vec<_>>());
    writer
        .create_element("testsuite")
        .with_attributes(facts.iter().map(|(name, value)| (*name, value.as_str())))
        .write_inner_content(|writer| shown.laws.iter().try_for_each(|played| case(writer, &shown.executor, played)))
        .map(drop)
}

fn case(writer: &mut Writer<Vec<u8>>, executor: &str, played: &Played) -> io::Result<()> {
    let (class, time) = (format!("netsession.{executor}"), seconds(played.time));
    let attributes = [("classname", class.as_str()), ("name", played.about.name), ("time", time.as_str())];
    let element = writer.create_element("testcase").with_attributes(attributes);
    let why = played.verdict.why();
    match &played.verdict {
        Verdict::Passed => element.write_empty()?,
        Verdict::Failed(said) => element.write_inner_content(|writer| {
            let message = format!("{} does not hold", played.about.section);
            let failure = writer.create_element("failure").with_attributes([("type", "violation"), ("message", message.as_str())]);
            failure.write_text_content(BytesText::new(said)).map(drop)
        })?,
        Verdict::Excused(_) | Verdict::Impossible(_) => element.write_inner_content(|writer| {
            writer.create_element("skipped").with_attribute(("message", why.as_str())).write_empty().map(drop)
        })?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::{ALL, Excuse};
    use netsession_fsm::words::Capabilities;

    #[test]
    fn what_was_not_played_is_skipped_with_its_reason() {
        let verdicts = [
            Verdict::Passed,
            Verdict::Failed("it said <this>".into()),
            Verdict::Excused(Excuse::Lacks(Capabilities::FORCED_ROAMING)),
            Verdict::Impossible("needs connmand".into()),
        ];
        let laws =
            verdicts.into_iter().zip(ALL).map(|(verdict, about)| Played { about: *about, verdict, time: Duration::from_millis(1500) });
        let report = Report { shown: vec![Shown { executor: "one".into(), laws: laws.collect() }] };
        let text = document(&report);
        for part in [
            r#"<testsuites name="netsession conformance" tests="4" failures="1" skipped="2" errors="0" time="6.000">"#,
            r#"<testsuite name="one" tests="4" failures="1" skipped="2" errors="0" time="6.000">"#,
            r#"<testcase classname="netsession.one" name="operations::open_raises_and_close_lowers" time="1.500"/>"#,
            "it said &lt;this&gt;",
            r#"<skipped message="lacks ForcedRoaming"/>"#,
            r#"<skipped message="needs connmand"/>"#,
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}

//! Is what a program records what the judge reads? A run on the simulator, recorded by the program's own recorder: judged, counted,
//! spoiled in every way, and held against the schema.

use netsession_backends::client::Client;
use netsession_backends::sim::{Behaviour, Network};
use netsession_fsm::hub::{Output, SessionOptions, Settings};
use netsession_fsm::recording::{End, Line};
use netsession_fsm::words::{AccessPoint, AccessPointId, Bearer, ConfigurationState, ExecutorId, Mode, Purpose};
use netsession_model::judge::{Fault, Judged, States, recording, shrink};
use serde_json::Value;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

const WLAN: AccessPointId = AccessPointId(0);

/// A file in memory.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Moved to the better one, which is lost 10 s later; moved back, and closed. One run for all tests.
fn recorded() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run())
    })
}

async fn run() -> String {
    let (network, sheet) = (Network::new(7), Sheet::default());
    network.add(WLAN, Behaviour { state: ConfigurationState::Defined, ..Behaviour::default() });
    network.add(AccessPointId(1), Behaviour::default());
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0))).record_to(sheet.clone());
    let wlan = builder.access_point("office", AccessPoint { bearer: Bearer::Wlan, ..AccessPoint::default() });
    let lte = builder.access_point("phone", AccessPoint { bearer: Bearer::Lte, ..AccessPoint::default() });
    builder.service_network("internet", Purpose::Public, [wlan, lte]);
    let client = builder.start().await.unwrap();
    let session = client.session("internet", SessionOptions { mode: Mode::Application, ..SessionOptions::default() }).await.unwrap();
    session.open().await.unwrap();
    network.appear(WLAN);
    session.next_offer().await.unwrap().migrate().await.unwrap().accept().await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    network.cut(WLAN);
    let offer = session.next_offer().await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    offer.migrate().await.unwrap().accept().await.unwrap();
    client.refresh().await.unwrap();
    session.close().await.unwrap();
    drop(session);
    client.shutdown().await;
    String::from_utf8(sheet.0.lock().unwrap().clone()).unwrap()
}

fn judged(text: &str) -> Judged {
    recording(text.as_bytes(), &mut |_| {})
}

fn lines() -> Vec<Line> {
    recorded().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
}

#[test]
fn a_whole_run_is_good_and_counted() {
    let Judged { header, fault, given_up, statistics, .. } = judged(recorded());
    assert_eq!((fault, given_up), (None, false));
    assert_eq!(header.unwrap().settings, Settings::default());
    assert_eq!(statistics.steps, recorded().lines().count() as u64 - 2);
    assert_eq!((statistics.sessions, statistics.opened, statistics.errors), (1, 1, 0));
    assert_eq!(statistics.handshakes.iter().map(|(what, count)| (*what, *count)).collect::<Vec<_>>(), [("moved", 2)]);
    assert_eq!((statistics.inputs["define"], statistics.inputs["open"], statistics.inputs["accept"]), (3, 1, 2));
    assert_eq!((statistics.lost.times, statistics.lost.reconnected), (1, 1));
    let reconnected = statistics.lost.worst.unwrap();
    assert_eq!(statistics.lost.median, Some(reconnected));
    assert!((3_000_000_000..4_000_000_000).contains(&reconnected), "waited 3 s, then raised: {reconnected}");
    assert!(statistics.phases["Stable"] > 10_000_000_000 && statistics.phases["Offered"] >= 3_000_000_000, "{:?}", statistics.phases);
}

#[test]
fn what_is_not_whole_is_not_good() {
    let word = |text: &str| judged(text).fault.map(|fault| fault.word());
    assert_eq!(word(""), Some("empty"));
    let whole = lines();
    let end = Line::End(End { steps: 0, dropped: 0, closed: true });
    assert_eq!(word(&text(&[whole[0].clone(), end])), Some("empty"));
    for length in 1..whole.len() {
        assert_eq!(word(&text(&whole[..length])), Some("truncated"), "{length} lines");
    }
    for place in 1..whole.len() {
        let mut other = whole.clone();
        other.remove(place);
        assert_eq!(word(&text(&other)), Some("truncated"), "without line {place}");
    }
    assert_eq!(word(&recorded()[..recorded().len() - 1]), Some("truncated"), "killed while the last line was written");
    assert_eq!(word(&text(&whole[1..])), Some("unreadable"), "no header");
    assert_eq!(word(&(recorded().to_owned() + "{}\n")), Some("unreadable"), "goes on after the end");
    assert_eq!(word("netsession\n"), Some("unreadable"));
    let other = recorded().replacen("\"netsession_recording\":1", "\"netsession_recording\":2", 1);
    let fault = judged(&other).fault.unwrap().to_string();
    assert_eq!(fault, "line 1 cannot be read: a recording of format 2; this program reads format 1");
}

#[test]
fn what_the_machine_does_not_say_is_found_where_it_is() {
    let whole = lines();
    let mut checked = 0;
    for place in 0..whole.len() {
        let mut other = whole.clone();
        let Line::Step(step) = &mut other[place] else { continue };
        let number = step.number;
        if step.outputs.pop().is_some() {
            let judged = judged(&text(&other));
            assert!(matches!(&judged.fault, Some(Fault::Differs { step, .. }) if *step == number), "{:?}", judged.fault);
            let numbers: Vec<_> = judged.story.lines.iter().map(|line| line.step as u64).collect();
            assert_eq!(numbers.last(), Some(&number));
            assert!(numbers[0] >= number.saturating_sub(10) && numbers[0] <= number.max(11) - 10, "{numbers:?}");
            checked += 1;
        }
        let mut other = whole.clone();
        let Line::Step(step) = &mut other[place] else { continue };
        if let Some(session) = step.sessions.first_mut() {
            session.open = !session.open;
            let fault = judged(&text(&other)).fault;
            assert!(matches!(&fault, Some(Fault::Stands { step, .. }) if *step == number), "{fault:?}");
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
    let answer =
        |line: &Line| matches!(line, Line::Step(step) if matches!(step.outputs.last(), Some(Output::Answer { session: Some(_), .. })));
    assert!(whole.iter().any(answer), "answers of sessions are among what is taken away");
}

#[test]
fn what_is_wrong_shrinks() {
    let whole = lines();
    let mut checked = 0;
    for place in 0..whole.len() {
        let mut other = whole.clone();
        let Line::Step(step) = &mut other[place] else { continue };
        if step.outputs.pop().is_none() {
            continue;
        }
        let (number, happened) = (step.number, step.input.clone());
        let shrunk = shrink(text(&other).as_bytes()).unwrap();
        let steps = shrunk.len() as u64 - 2;
        let fault = judged(&text(&shrunk)).fault;
        let Some(Fault::Differs { step, input, .. }) = &fault else { panic!("{place}: {fault:?}") };
        assert_eq!((*step, std::mem::discriminant(&**input)), (steps, std::mem::discriminant(&happened)), "the last one");
        assert!(steps <= number);
        checked += u64::from(steps < number);
    }
    assert!(checked > 10, "{checked}");
    assert_eq!(shrink(recorded().as_bytes()), None, "nothing is wrong with it");
}

#[test]
fn other_tools_read_its_states() {
    let mut document = Vec::new();
    let mut states = States::new(&mut document, "a run").unwrap();
    recording(recorded().as_bytes(), &mut |seen| states.state(seen).unwrap());
    states.end().unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    let states = document["states"].as_array().unwrap();
    assert_eq!(states.len(), recorded().lines().count() - 1, "one a step, and the initial one");
    let vars: Vec<_> = document["vars"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for state in states {
        let mut names: Vec<_> = state.as_object().unwrap().keys().map(String::as_str).filter(|name| *name != "#meta").collect();
        names.sort_by_key(|name| vars.iter().position(|known| known == name));
        assert_eq!(names, vars);
    }
    let trial = states.iter().find(|state| state["sessions"][0]["phase"] == "Trial").unwrap();
    assert_eq!((&trial["sessions"][0]["on"], &trial["sessions"][0]["candidate"]), (&"phone".into(), &"office".into()));
}

#[test]
fn its_lines_are_those_of_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../model/recording.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for line in recorded().lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert!(schema.is_valid(&value), "{line}: {}", schema.iter_errors(&value).map(|error| error.to_string()).collect::<String>());
        let spoiled = line.replacen("\":{", "_\":{", 1);
        assert!(!schema.is_valid(&serde_json::from_str(&spoiled).unwrap()), "{spoiled}");
        let more = line.replacen(":{", ":{\"more\":1,", 1);
        assert!(!schema.is_valid(&serde_json::from_str(&more).unwrap()), "{more}");
    }
}

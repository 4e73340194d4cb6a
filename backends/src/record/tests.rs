//! Is what is recorded what happened, and is the program never held up by it?

use super::writer::{ROOM, Writer};
use super::*;
use crate::client::Client;
use crate::sim::{Behaviour, Network};
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::recording::{Dropped, End, Line};
use netsession_fsm::words::{AccessPoint, AccessPointId};
use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A file in memory.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sheet {
    fn lines(&self) -> Vec<Line> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        assert!(text.ends_with('\n'), "{text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

type Exchange = (Input, Vec<Output>);

/// A client on the simulator, recorded; and what a tap saw.
async fn recorded(sheet: &Sheet) -> (Client, Arc<Mutex<Vec<Exchange>>>) {
    let (network, seen) = (Network::new(7), Arc::new(Mutex::new(Vec::new())));
    network.add(AccessPointId(0), Behaviour::default());
    let tap = Arc::clone(&seen);
    let mut builder = Client::builder()
        .executor(network.executor(ExecutorId(0)))
        .tap(Box::new(move |input, outputs| tap.lock().unwrap().push((input.clone(), outputs.to_vec()))))
        .record_to(sheet.clone());
    builder.access_point("office", AccessPoint::default());
    let client = builder.start().await.unwrap();
    let session = client.session("office", SessionOptions::default()).await.unwrap();
    session.open().await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    drop(session);
    (client, seen)
}

#[tokio::test(start_paused = true)]
async fn a_whole_run_is_in_it() {
    let sheet = Sheet::default();
    let (client, seen) = recorded(&sheet).await;
    client.shutdown().await;
    let lines = sheet.lines();
    let Some((Line::Header(header), rest)) = lines.split_first() else { panic!("{lines:?}") };
    assert_eq!((header.netsession_recording, header.settings, header.process), (FORMAT, Settings::default(), std::process::id()));
    assert_eq!(header.executors, [Named { id: ExecutorId(0), name: "sim".to_owned() }]);
    let Some((Line::End(end), steps)) = rest.split_last() else { panic!("{rest:?}") };
    let steps: Vec<_> = steps.iter().map(|line| if let Line::Step(step) = line { step } else { panic!("{line:?}") }).collect();
    let seen = seen.lock().unwrap();
    assert_eq!(*end, End { steps: seen.len() as u64, dropped: 0, closed: true });
    let exchanges: Vec<_> = steps.iter().map(|step| (step.input.clone(), step.outputs.clone())).collect();
    assert_eq!(exchanges, *seen);
    assert!(steps.iter().map(|step| step.number).eq(1..=seen.len() as u64));
    assert!(steps.is_sorted_by_key(|step| step.at));
    assert!(steps.last().is_some_and(|last| last.at > 5_000_000_000), "simulated time, too");
    assert_eq!(steps[0].name.as_deref(), Some("office"));
    assert!(steps.iter().flat_map(|step| &step.sessions).any(|session| session.open && session.on == Some(AccessPointId(0))));
    assert!(steps.iter().flat_map(|step| &step.links).any(|link| link.ours));
}

#[test]
fn a_run_that_was_given_up_says_so() {
    let sheet = Sheet::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let kept = runtime.block_on(recorded(&sheet));
    drop(runtime);
    let end = sheet.lines().pop();
    assert!(matches!(end, Some(Line::End(End { closed: false, dropped: 0, .. }))), "{end:?}");
    drop(kept);
}

/// A file that takes nothing until it is told to.
struct Stuck(Receiver<()>, Sheet);

impl Write for Stuck {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        // goes on when the other end is gone
        let _ = self.0.recv();
        self.1.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_finds_no_room_is_counted() {
    let (sheet, (release, stuck)) = (Sheet::default(), channel());
    let header = Header {
        netsession_recording: FORMAT,
        program: String::new(),
        process: 0,
        started: 0,
        mutant: None,
        settings: Settings::default(),
        executors: Vec::new(),
    };
    let writer = Writer::start(Box::new(Stuck(stuck, sheet.clone())), header).unwrap();
    let hub = Hub::new(Settings::default());
    for number in 1..=ROOM as u64 + 3 {
        writer.put(Step::of(&hub, number, 0, &Input::SaveTraffic(true), &[]));
    }
    drop(release);
    writer.end(true);
    let lines = sheet.lines();
    assert_eq!(lines.len(), 1 + ROOM + 2, "the header, what had room, what had none, the end");
    assert_eq!(lines[ROOM + 1], Line::Dropped(Dropped { steps: 3 }));
    assert_eq!(lines[ROOM + 2], Line::End(End { steps: ROOM as u64 + 3, dropped: 3, closed: true }));
}

#[test]
fn every_hub_has_its_own_file() {
    let place = std::env::temp_dir().join(format!("netsession-record-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let files: Vec<_> = (0..3).map(|_| super::file::create(&place).unwrap()).collect();
    let mut names: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let first = format!("{}.ndjson", std::process::id());
    assert_eq!(names, [first.clone(), format!("{first}.2"), format!("{first}.3")]);
    drop(files);
    std::fs::remove_dir_all(&place).unwrap();
    let missing = super::file::create(&place.join("missing/file")).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
}

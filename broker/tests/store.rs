//! What is kept survives, and what is not ours is set aside.

use netsession_broker::api::properties::LastError;
use netsession_broker::store::{FILE, Found, Owner, Store, StoreError};
use netsession_fsm::hub::{Call, Definition, Hub, Input, LinkReport, Output, Report, SessionOptions, Settings};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Cause, ConfigurationId, ConfigurationState, ErrorKind, Operation, OperationId, RequestId, SessionId,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const WLAN: AccessPointId = AccessPointId(0);

/// A directory of the test's own, gone with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("netsession-store-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let place = std::env::temp_dir().join(name);
        fs::create_dir_all(&place).expect("a directory");
        Self(place)
    }

    fn file(&self) -> PathBuf {
        self.0.join(FILE)
    }

    fn set_aside(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).expect("the directory").flatten().map(|it| it.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.contains("aside")).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A hub with one access point in reach, and what is kept of each of its steps.
struct Kept {
    hub: Hub,
    store: Store,
}

impl Kept {
    fn new(directory: &Path) -> Self {
        let (store, found) = Store::open(directory).expect("a new file");
        assert!(found.is_empty());
        let mut hub = Hub::new(Settings::default());
        hub.step(&Input::Define(Definition::AccessPoint(WLAN, AccessPoint::default())), &mut Vec::new());
        store.begin("bus", [(WLAN.into(), "wlan".into())], &hub, &[], &BTreeMap::new()).expect("it can be written");
        let mut kept = Self { hub, store };
        kept.report(1, ConfigurationState::Discovered, 0);
        kept
    }

    fn step(&mut self, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.hub.step(&input, &mut outputs);
        self.store.save(&self.hub, &[]);
        outputs
    }

    fn report(&mut self, generation: u64, state: ConfigurationState, done: u64) {
        let report = LinkReport { access_point: WLAN, generation, state, done: OperationId(done), cause: Cause::Unknown };
        self.step(Input::Report(Report::Link(report)));
    }

    fn create(&mut self) -> SessionId {
        let outputs = self.step(Input::Create { request: RequestId(1), configuration: WLAN.into(), options: SessionOptions::default() });
        let created = outputs.iter().find_map(|output| match output {
            Output::Created { session, .. } => Some(*session),
            _ => None,
        });
        created.expect("created")
    }

    fn call(&mut self, session: SessionId, call: Call) {
        self.step(Input::Request { session, request: RequestId(2), call });
    }
}

fn owner() -> Owner {
    Owner { bus_name: ":1.7".to_owned(), uid: 1000, pid: 42 }
}

fn error(sequence: u64) -> LastError {
    let (kind, cause, operation) = (ErrorKind::SessionAborted, Cause::CarrierLost, Operation::Hold);
    LastError { sequence, kind, cause, operation, configuration: "wlan".to_owned() }
}

fn found(directory: &Path) -> Found {
    Store::open(directory).expect("it opens again").1
}

#[test]
fn whatever_changed_is_found_again() {
    let place = Place::new();
    let mut kept = Kept::new(&place.0);
    let (session, other) = (kept.create(), kept.create());
    kept.store.own(session, &owner());
    kept.store.own(other, &owner());
    kept.call(session, Call::Open { choice: None });
    kept.report(2, ConfigurationState::Active, 1);
    kept.store.save(&kept.hub, &[(session, error(3)), (other, error(3))]);
    kept.store.save(&kept.hub, &[(session, error(4))]);
    kept.step(Input::Drop(other));
    kept.store.note("netlink", "how it was");
    let wanted = kept.hub.kept();
    drop(kept);
    let found = found(&place.0);
    assert_eq!(found.kept, wanted);
    assert!(found.kept.links[0].ours);
    assert_eq!((found.bus.as_str(), found.owners.len(), &found.owners[&session]), ("bus", 1, &owner()));
    assert_eq!(found.errors, BTreeMap::from([(session, error(4))]), "the last one, and that of a session that is there");
    let renumbered = found.kept(|name| (name == "wlan").then_some(ConfigurationId::from(AccessPointId(3))));
    assert_eq!(renumbered.links[0].access_point, AccessPointId(3));
    assert_eq!(renumbered.sessions[0].current, Some(AccessPointId(3)));
    let left = found.left(&renumbered, "netlink", |_| true);
    assert_eq!((left.raised, left.up), (vec![AccessPointId(3)], vec![AccessPointId(3)]));
    assert_eq!(left.note.as_deref(), Some("how it was"));
    assert_eq!(found.left(&renumbered, "connman", |_| false).raised, []);
    let gone = found.kept(|_| None);
    assert_eq!((gone.links.len(), gone.sessions.len()), (0, 0));
}

#[test]
fn one_broker_has_the_file() {
    let place = Place::new();
    let kept = Kept::new(&place.0);
    let error = Store::open(&place.0).expect_err("it is in use");
    assert!(matches!(&error, StoreError::InUse(file) if *file == place.file()), "{error}");
    drop(kept);
    assert!(!found(&place.0).is_empty());
}

#[test]
fn what_ended_in_order_leaves_nothing() {
    let place = Place::new();
    let mut kept = Kept::new(&place.0);
    kept.create();
    kept.store.note("netlink", "how it was");
    kept.store.clear().expect("it can be written");
    drop(kept);
    assert!(found(&place.0).is_empty());
}

#[test]
fn a_file_of_others_is_set_aside() {
    for content in [&b"{\"sessions\": []}"[..], b"", &[0; 4096], &[0xff; 70_000]] {
        let place = Place::new();
        fs::write(place.file(), content).expect("written");
        assert!(found(&place.0).is_empty());
        // an empty file is one that was just made
        assert_eq!(place.set_aside().len(), usize::from(!content.is_empty()), "{} bytes", content.len());
    }
    let place = Place::new();
    fs::write(place.0.join("other"), b"").expect("written");
    let under = place.0.join("other").join("state");
    assert!(matches!(Store::open(&under), Err(StoreError::Directory { .. })));
}

#[test]
fn a_database_of_others_and_another_form_are_set_aside() {
    let place = Place::new();
    for head in [None, Some("{\"form\":999,\"boot\":\"\",\"bus\":\"\"}"), Some("{}")] {
        let database = redb::Database::create(place.file()).expect("made");
        let transaction = database.begin_write().expect("begun");
        let table: redb::TableDefinition<'_, u64, &str> = redb::TableDefinition::new(if head.is_some() { "head" } else { "theirs" });
        transaction.open_table(table).expect("opened").insert(0, head.unwrap_or("theirs")).expect("put in");
        transaction.commit().expect("written");
        drop(database);
        assert!(found(&place.0).is_empty());
    }
    assert_eq!(place.set_aside().len(), 3);
}

/// Whatever byte is another one: it opens, and what it says is what was kept, or less, or it was set aside.
#[test]
fn a_damaged_file_is_never_fatal() {
    let place = Place::new();
    let mut kept = Kept::new(&place.0);
    for _ in 0..40 {
        let session = kept.create();
        kept.store.own(session, &owner());
        kept.call(session, Call::Open { choice: None });
    }
    let wanted = kept.hub.kept();
    drop(kept);
    let whole = fs::read(place.file()).expect("read");
    let mut random = 1_u64;
    let mut aside = 0;
    for round in 0..100_u32 {
        let mut damaged = whole.clone();
        for _ in 0..=round % 3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (random >> 33) as usize % damaged.len();
            damaged[at] ^= (random >> 20) as u8 | 1;
        }
        if round % 10 == 0 {
            damaged.truncate((random >> 33) as usize % damaged.len());
        }
        let one = Place::new();
        fs::write(one.file(), &damaged).expect("written");
        let (store, found) = Store::open(&one.0).expect("it opens");
        store
            .begin("bus", [(WLAN.into(), "wlan".into())], &Hub::new(Settings::default()), &[], &BTreeMap::new())
            .expect("it can be written");
        let set_aside = !one.set_aside().is_empty();
        aside += usize::from(set_aside);
        assert!(found.is_empty() || found.kept.sessions.iter().all(|session| wanted.sessions.contains(session)), "round {round}");
        assert!(!set_aside || found.is_empty());
    }
    assert!(aside > 0, "no damage was noticed");
}

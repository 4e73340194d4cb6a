//! Does a hub start again with all it had, and with nothing that no hub can have been? After any step of the worlds (SPEC §8).

use crate::steps::{STEPS, Taken};
use netsession_fsm::hub::{Counters, Hub, Input, Kept, KeptLink, KeptSession, KeptSuppression, Output, SessionOptions};
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::{Old, RoamMemory, RoamState};
use netsession_fsm::session::Hold;
use netsession_fsm::step::Chart;
use netsession_fsm::words::{AccessPointId, Cause, OfferId, OperationId, Record, Refusal, RequestId, SessionId, Unfit};
use netsession_model::engine::{Options, Search};
use netsession_model::world::World;
use std::collections::BTreeSet;
use std::time::Duration;

/// A new hub of a world that takes up what was kept, and what it refuses of it.
fn started(world: &World, kept: &Kept) -> (Hub, Vec<(Record, Unfit)>) {
    let (mut hub, mut outputs) = (world.defined(), Vec::new());
    hub.step(&Input::Restore(Box::new(kept.clone())), &mut outputs);
    let refused = |output: &Output| match output {
        Output::Refused(Refusal::Unkept { record, why }) => Some((*record, *why)),
        _ => None,
    };
    let refused = outputs.iter().filter_map(refused).collect();
    (hub, refused)
}

fn is_raising(kept: &Kept) -> bool {
    kept.links.iter().any(|link| link.state == LinkState::Raising)
}

/// What was removed is defined again by the next process, and then it is there.
fn is_whole(world: &World, hub: &Hub) -> bool {
    world.configurations().all(|id| hub.configurations().any(|known| known == id))
}

/// Whoever goes and whoever comes: no session is called as one before it was, in this process or the one before.
fn no_id_comes_back(world: &World, mut hub: Hub, kept: &Kept) {
    let mut known: BTreeSet<SessionId> = kept.sessions.iter().map(|session| session.id).collect();
    let mut outputs = Vec::new();
    known.iter().for_each(|id| hub.step(&Input::Drop(*id), &mut outputs));
    outputs.clear();
    for (request, plan) in (0..).map(RequestId).zip(&world.sessions) {
        let create = Input::Create { request, configuration: plan.configuration, options: SessionOptions::default() };
        hub.step(&create, &mut outputs);
    }
    let created = |output: &Output| if let Output::Created { session, .. } = output { Some(*session) } else { None };
    for id in outputs.iter().filter_map(created) {
        // whoever had an empty place before is not known any more
        let had = kept.sessions.iter().any(|session| session.id.index == id.index);
        assert!(known.insert(id) && (had || id.generation > kept.hub.generation), "{id} is back");
    }
}

#[test]
fn who_starts_again_is_who_it_was() {
    let mut restored = 0;
    for Taken { world, after, lost, .. } in STEPS.iter().filter(|taken| is_whole(&taken.world, &taken.after)) {
        let kept = after.kept();
        let (hub, refused) = started(world, &kept);
        assert_eq!(refused, [], "{kept:?}");
        let again = hub.kept();
        assert_eq!(hub.sessions().collect::<BTreeSet<_>>(), after.sessions().collect());
        assert_eq!(hub.is_online(), again.links.iter().any(|link| link.state == LinkState::Up));
        if !is_raising(&kept) {
            assert_eq!((&again.links, &again.sessions), (&kept.links, &kept.sessions));
            let (now, was) = (again.hub, kept.hub);
            assert!(
                now.last_operation >= was.last_operation && now.generation >= was.generation && now.route == was.route,
                "{now:?} {was:?}"
            );
            let leases = |hub: &Hub| kept.links.iter().map(|link| hub.holders(link.access_point).count()).collect::<Vec<_>>();
            assert_eq!(leases(&hub), leases(after));
            restored += 1;
        }
        for (session, id) in after.sessions().flat_map(|session| (0..kept.links.len() as u32).map(move |id| (session, AccessPointId(id)))) {
            let admits = [after, &hub].map(|hub| hub.admits(session, id).is_ok());
            assert!(is_raising(&kept) || *lost || admits[0] == admits[1], "{session} on {id}: {admits:?}, {kept:?}");
        }
        no_id_comes_back(world, hub, &kept);
    }
    assert!(restored > 1000, "{restored}");
}

/// Numbers that no hub counts up to, records that are there twice, names of nothing: each is refused, and the rest stands.
#[test]
fn what_no_hub_wrote_is_refused_by_name() {
    let far = Taken::some(|taken| {
        let kept = taken.after.kept();
        !is_raising(&kept) && kept.sessions.iter().any(|session| session.hold == Hold::Held) && is_whole(&taken.world, &taken.after)
    });
    let (world, kept) = (&far.world, far.after.kept());
    let (link, session) = (kept.links[0], kept.sessions[0].clone());
    let with = |change: &dyn Fn(&mut Kept)| {
        let mut other = kept.clone();
        change(&mut other);
        let (hub, refused) = started(world, &other);
        (hub.kept(), refused)
    };
    let of = |id: SessionId| Record::Session(id);
    let unknown = AccessPointId(99);
    let high = |place: u32, generation: u32| SessionId { index: place, generation };
    let expect = |what: &str, change: &dyn Fn(&mut Kept), refused: (Record, Unfit)| assert_eq!(with(change).1, [refused], "{what}");
    let half = u64::MAX / 2;
    expect("operations", &|kept| kept.hub.last_operation = OperationId(half + 1), (Record::Hub, Unfit::Number));
    expect("generations", &|kept| kept.hub.generation = u32::MAX / 2 + 1, (Record::Hub, Unfit::Number));
    for fine in [half, half - 1] {
        assert_eq!(with(&|kept| kept.hub.last_operation = OperationId(fine)).1, [], "{fine}");
    }
    assert_eq!(with(&|kept| kept.hub.generation = u32::MAX / 2).1, []);
    expect("a link twice", &|kept| kept.links.push(link), (Record::Link(link.access_point), Unfit::Twice));
    let stranger = KeptLink { access_point: unknown, ..link };
    expect("an unknown link", &|kept| kept.links.push(stranger), (Record::Link(unknown), Unfit::Unknown(unknown.into())));
    expect("a session twice", &|kept| kept.sessions.push(session.clone()), (of(session.id), Unfit::Twice));
    let numbered = |change: &dyn Fn(&mut KeptSession)| {
        let mut other = KeptSession { id: high(7, 0), hold: Hold::Free, ..session.clone() };
        (other.current, other.candidate, other.roam, other.memory) = (None, None, RoamState::Stable, RoamMemory::default());
        (other.suppressions, other.failure, other.window, other.intent, other.chosen) = (Vec::new(), None, None, false, None);
        change(&mut other);
        let id = other.id;
        (id, with(&|kept| kept.sessions.push(other.clone())).1)
    };
    for change in [
        &(|other: &mut KeptSession| other.id = high(7, u32::MAX / 2 + 1)) as &dyn Fn(&mut KeptSession),
        &|other| other.id = high(1 << 20, 0),
        &|other| other.sequence = half + 1,
        &|other| other.offer = OfferId(u32::MAX / 2 + 1),
    ] {
        let (id, refused) = numbered(change);
        assert_eq!(refused, [(of(id), Unfit::Number)]);
    }
    for change in [
        &(|_: &mut KeptSession| {}) as &dyn Fn(&mut KeptSession),
        &|other| other.id = high(7, u32::MAX / 2),
        &|other| other.id = high((1 << 20) - 1, 0),
        &|other| other.sequence = half,
        &|other| other.offer = OfferId(u32::MAX / 2),
    ] {
        assert_eq!(numbered(change).1, []);
    }
    let (id, refused) = numbered(&|other| other.configuration = unknown.into());
    assert_eq!(refused, [(of(id), Unfit::Unknown(unknown.into()))]);
    // whatever becomes of a record, its id was given
    let strange = KeptSession { id: high(1, 5), configuration: unknown.into(), ..session.clone() };
    let mut other = Kept { sessions: vec![strange], ..kept.clone() };
    other.hub.generation = 0;
    let (mut hub, refused) = started(world, &other);
    assert_eq!(refused, [(of(high(1, 5)), Unfit::Unknown(unknown.into()))]);
    for request in (0..3).map(RequestId) {
        let configuration = world.sessions[0].configuration;
        hub.step(&Input::Create { request, configuration, options: SessionOptions::default() }, &mut Vec::new());
    }
    assert!(hub.sessions().all(|id| id.generation > 5), "{:?}", hub.sessions().collect::<Vec<_>>());
    let (mut hub, mut outputs) = (far.after.clone(), Vec::new());
    hub.step(&Input::Restore(Box::new(kept.clone())), &mut outputs);
    assert_eq!(outputs, [Output::Refused(Refusal::Unkept { record: Record::Hub, why: Unfit::Late })]);
    assert_eq!(hub.kept(), kept, "who has had sessions takes nothing up");
    let mut scans = world.defined();
    scans.step(&Input::Refresh { request: RequestId(0) }, &mut Vec::new());
    for mut late in [world.hub().0, scans] {
        let mut outputs = Vec::new();
        late.step(&Input::Restore(Box::new(kept.clone())), &mut outputs);
        assert_eq!(
            outputs,
            [Output::Refused(Refusal::Unkept { record: Record::Hub, why: Unfit::Late })],
            "sessions or commands are enough"
        );
    }
}

/// How the parts of a session go together, without which link it is: parts that matter to each other.
type Shape = (Handshake, Memory, BTreeSet<(Hold, Entry)>);
/// Its leaves, whether the old link is there, and whether it knows a current link and a candidate.
type Handshake = (Hold, RoamState, Old, [bool; 2]);
/// Whether it remembers a failure, has a window, means to open again, and may.
type Memory = (Hold, [bool; 4]);
/// Whether an access point is suppressed, has failed, was tried.
type Entry = [bool; 3];

fn shape(session: &KeptSession) -> Shape {
    let KeptSession { hold, roam, memory, current, candidate, failure, window, intent, options, suppressions, .. } = session;
    let entries = suppressions.iter().map(|entry| (*hold, [entry.active, entry.failures > 0, entry.tried]));
    (
        (*hold, *roam, memory.old, [current.is_some(), candidate.is_some()]),
        (*hold, [failure.is_some(), window.is_some(), *intent, options.reopen]),
        entries.collect(),
    )
}

/// What sessions can remember that none does in a world: a window of one that may open again, and that its open failed of one that waits
/// to be opened again.
const UNREACHED: [Memory; 3] =
    [(Hold::Held, [false, true, false, true]), (Hold::Free, [true, false, false, true]), (Hold::Free, [true, false, true, true])];

/// An entry says something, and that it was tried only of an open under way.
fn has_sense((hold, [active, failed, tried]): (Hold, Entry)) -> bool {
    (active || failed || tried) && (!tried || hold == Hold::Wanting)
}

/// Every shape that a session has in worlds of all kinds.
fn reached() -> BTreeSet<Shape> {
    let mut shapes = BTreeSet::new();
    for world in [World::plain(), World::wishes(), World::again(), World::radio()] {
        let search = Search::run(&world, &Options { states: Some(40_000), ..Options::default() }, &mut |_| {});
        for number in 0..search.states() as u32 {
            let hub = search.state(number).hub;
            shapes.extend(hub.sessions().filter_map(|id| hub.kept_session(id)).map(|session| shape(&session)));
        }
    }
    shapes
}

#[test]
fn what_fits_together_is_what_there_is() {
    let reached = reached();
    let world = World::plain();
    let up = |place| KeptLink { access_point: AccessPointId(place), state: LinkState::Up, ours: false, counters: Counters::default() };
    let whole = world.hub().0.kept();
    let base = Kept { links: vec![up(0), up(1)], ..whole };
    let entry = |access_point, (active, failed, tried): (bool, bool, bool)| KeptSuppression {
        access_point: AccessPointId(access_point),
        active,
        failures: u8::from(failed),
        tried,
    };
    let bits = |count: u32| (0..1u32 << count).map(|bits| move |bit: u32| bits >> bit & 1 == 1);
    let mut suppressions = vec![Vec::new()];
    suppressions.extend(bits(3).map(|bit| vec![entry(0, (bit(0), bit(1), bit(2)))]));
    let mut taken = BTreeSet::new();
    for hold in [Hold::Free, Hold::Wanting, Hold::Held] {
        for &roam in RoamMemory::LEAVES {
            for old in [Old::Up, Old::Gone, Old::Yielded] {
                for bit in bits(8) {
                    for suppressions in &suppressions {
                        let mut session = base.sessions[0].clone();
                        (session.hold, session.roam) = (hold, roam);
                        session.memory = RoamMemory { old, consulted: bit(6), keeps_old: bit(7), ..RoamMemory::default() };
                        session.current = bit(0).then_some(AccessPointId(0));
                        session.candidate = bit(1).then_some(AccessPointId(1));
                        session.failure = bit(2).then_some((AccessPointId(0), Cause::NoLease));
                        session.window = bit(3).then_some(Duration::from_secs(30));
                        (session.intent, session.options.reopen) = (bit(4), bit(5));
                        session.suppressions.clone_from(suppressions);
                        let (shape, memory) = (shape(&session), session.memory);
                        if started(&world, &Kept { sessions: vec![session], ..base.clone() }).1.is_empty() {
                            assert!(roam != RoamState::Stable || memory == RoamMemory::default(), "who is Stable remembers no handshake");
                            taken.insert(shape);
                        }
                    }
                }
            }
        }
    }
    let handshakes = |shapes: &BTreeSet<Shape>| shapes.iter().map(|shape| shape.0).collect::<BTreeSet<_>>();
    assert_eq!(handshakes(&taken), handshakes(&reached), "what is taken up is what there is, and no handshake else");
    let memories = |shapes: &BTreeSet<Shape>| shapes.iter().map(|shape| shape.1).collect::<BTreeSet<_>>();
    assert_eq!(memories(&taken), memories(&reached).into_iter().chain(UNREACHED).collect());
    let entries = |shapes: &BTreeSet<Shape>| shapes.iter().flat_map(|shape| shape.2.clone()).collect::<BTreeSet<_>>();
    assert!(entries(&reached).is_subset(&entries(&taken)) && entries(&taken).into_iter().all(has_sense), "{:?}", entries(&taken));
    assert!(taken.iter().all(|(handshake, memory, entries)| {
        let remembers = memory.1[0] || !entries.is_empty();
        handshake.0 != Hold::Free || !remembers || memory.1[3]
    }));
}

/// What does not follow from shapes: which links they are, and how those stand.
#[test]
fn what_a_session_names_is_up_and_its_own() {
    let world = World::plain();
    let up = |place, state| KeptLink { access_point: AccessPointId(place), state, ours: false, counters: Counters::default() };
    let whole = world.hub().0.kept();
    let trial = |session: &KeptSession| {
        let mut session = session.clone();
        (session.hold, session.roam) = (Hold::Held, RoamState::Trial);
        session.memory = RoamMemory { consulted: true, keeps_old: true, ..RoamMemory::default() };
        (session.current, session.candidate) = (Some(AccessPointId(0)), Some(AccessPointId(1)));
        session
    };
    let with = |links: [LinkState; 2], change: &dyn Fn(&mut KeptSession)| {
        let mut session = trial(&whole.sessions[0]);
        change(&mut session);
        let kept = Kept { links: vec![up(0, links[0]), up(1, links[1])], sessions: vec![session], ..whole.clone() };
        started(&world, &kept).1.into_iter().map(|(_, why)| why).collect::<Vec<_>>()
    };
    use LinkState::{Down, Up};
    let same: &dyn Fn(&mut KeptSession) = &|_| {};
    assert_eq!(with([Up, Up], same), []);
    assert_eq!(with([Down, Up], same), [Unfit::NotUp(AccessPointId(0))]);
    assert_eq!(with([Up, Down], same), [Unfit::NotUp(AccessPointId(1))]);
    assert_eq!(with([Up, Down], &|session| session.roam = RoamState::Migrating), []);
    assert_eq!(with([Up, Down], &|session| session.roam = RoamState::Committing), [Unfit::NotUp(AccessPointId(1))]);
    assert_eq!(with([Up, Up], &|session| session.candidate = session.current), [Unfit::Handshake]);
    let own = |session: &mut KeptSession| session.configuration = AccessPointId(0).into();
    let stranger = Unfit::Stranger(AccessPointId(1), AccessPointId(0).into());
    assert_eq!(with([Up, Up], &own), [stranger]);
    assert_eq!(with([Up, Up], &|session| session.chosen = Some(AccessPointId(0).into())), [Unfit::Choice]);
    let entry = |id| KeptSuppression { access_point: AccessPointId(id), active: true, failures: 0, tried: false };
    for (ids, fits) in [([0, 1], true), ([1, 0], false), ([0, 0], false), ([1, 1], false)] {
        let refused = with([Up, Up], &|session| session.suppressions = ids.map(entry).to_vec());
        assert_eq!(refused, if fits { Vec::new() } else { vec![Unfit::Hold] }, "{ids:?}");
    }
    assert_eq!(with([Up, Up], &|session| session.suppressions = vec![entry(9)]), [Unfit::Unknown(AccessPointId(9).into())]);
}

//! Are the states of a world told apart, put back and written down as they are? On what the search itself relies, and what a crash leaves.

use crate::steps::{STEPS, Taken};
use netsession_fsm::hub::{Counters, Hub, Input, Kept, Settings};
use netsession_fsm::words::{AccessPointId, ConfigurationId, RadioId, Record};
use netsession_model::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};

/// A hub as text, field by field: what a wrong comparison cannot hide.
fn told(hub: &Hub) -> [String; 3] {
    let (links, places) = hub.extent();
    let links: Vec<_> = (0..links).map(|place| hub.link_part(place)).collect();
    let places: Vec<_> = (0..places).map(|place| hub.place_part(place)).collect();
    [format!("{links:?}"), format!("{places:?}"), format!("{:?}", hub.rest_part())]
}

fn hashed(feed: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    feed(&mut hasher);
    hasher.finish()
}

/// What is different in one thing is another, however it is asked; and so it becomes the same in every part.
fn compare(one: &Hub, other: &Hub) {
    let (was, is) = (told(one), told(other));
    let same = was == is;
    assert_eq!((one == other, one.is_like(other), other.is_like(one)), (same, same, same), "{was:?}\n{is:?}");
    let places = one.extent().1.min(other.extent().1);
    for place in 0..places {
        let (part, own) = (other.place_part(place), one.place_part(place));
        let alike = format!("{part:?}") == format!("{own:?}");
        assert_eq!((own == part, one.is_place(place, &part)), (alike, alike), "{own:?}\n{part:?}");
    }
    let rest = other.rest_part();
    let alike = was[2] == is[2];
    assert_eq!((one.rest_part() == rest, one.is_rest(&rest)), (alike, alike), "{}\n{}", was[2], is[2]);
    let mut becomes = one.clone();
    becomes.take_after(other);
    assert_eq!(told(&becomes), is, "it took after it");
    if one.extent() == other.extent() {
        let mut put = one.clone();
        (0..one.extent().0).for_each(|place| put.put_link(place, &other.link_part(place)));
        (0..places).for_each(|place| put.put_place(place, &other.place_part(place)));
        put.put_rest(&rest);
        assert_eq!(told(&put), is, "part by part");
    }
}

#[test]
fn states_are_told_apart_and_put_back() {
    for Taken { before, after, .. } in &*STEPS {
        compare(before, after);
        compare(after, before);
        compare(after, after);
    }
}

/// Hubs that are equal have the same hash; of those that are not next to none have. So it is with parts, in practice.
#[test]
fn hashes_tell_states_apart() {
    let whole = BuildHasherDefault::<DefaultHasher>::default();
    let mut hubs: BTreeMap<[String; 3], u64> = BTreeMap::new();
    let (mut places, mut rests) = (BTreeMap::new(), BTreeMap::new());
    for Taken { after: hub, .. } in &*STEPS {
        let hash = whole.hash_one(hub);
        assert_eq!(*hubs.entry(told(hub)).or_insert(hash), hash);
        for place in 0..hub.extent().1 {
            let (part, hash) = (hub.place_part(place), hashed(|state| hub.hash_place(place, state)));
            assert_eq!(hashed(|state| part.feed(state)), hash);
            places.insert(format!("{part:?}"), hash);
        }
        let (part, hash) = (hub.rest_part(), hashed(|state| hub.hash_rest(state)));
        assert_eq!(hashed(|state| part.feed(state)), hash);
        rests.insert(format!("{part:?}"), hash);
    }
    let share = |hashes: Vec<u64>| hashes.iter().collect::<BTreeSet<_>>().len() * 100 / hashes.len();
    let shares = [hubs.into_values().collect(), places.into_values().collect(), rests.into_values().collect()].map(share);
    assert!(
        shares[0] > 90 && shares[1] > 50 && shares[2] > 20,
        "of a hundred hubs, places and rests so many have hashes of their own: {shares:?}"
    );
}

/// What no step of a world changes belongs to a hub, too.
#[test]
fn hubs_that_were_defined_otherwise_are_others() {
    let (plain, chosen) = (World::plain(), World::chosen());
    let told = |input: Input| {
        let mut hub = plain.defined();
        hub.step(&input, &mut Vec::new());
        hub
    };
    let settings = Settings { retry: plain.settings.retry * 2, ..plain.settings };
    let mut order = plain.clone();
    order.networks.iter_mut().for_each(|members| members.reverse());
    let mut radio = plain.clone();
    radio.access_points[0].radio = Some(RadioId(7));
    let fewer = World { choices: Vec::new(), ..chosen.clone() };
    for (what, one, other) in [
        ("settings", plain.defined(), World { settings, ..plain.clone() }.defined()),
        ("the order of a service network", plain.defined(), order.defined()),
        ("access points", plain.defined(), radio.defined()),
        ("user choices", chosen.defined(), fewer.defined()),
        ("the default", plain.defined(), told(Input::Default(plain.configurations().next()))),
        ("saving traffic", plain.defined(), told(Input::SaveTraffic(true))),
    ] {
        assert_eq!([one == other, other == one], [false; 2], "{what}");
    }
    assert_eq!(plain.defined(), told(Input::SaveTraffic(false)));
}

/// Everything but counters, which alone are not told when they change.
fn without_counters(mut kept: Kept) -> Kept {
    kept.links.iter_mut().for_each(|link| link.counters = Counters::default());
    kept
}

/// Takes down what a step says that it changed.
fn note(kept: &mut Kept, hub: &Hub) {
    for record in hub.changed() {
        match *record {
            Record::Hub => kept.hub = hub.kept_hub(),
            Record::Link(id) => {
                kept.links.retain(|link| link.access_point != id);
                kept.links.extend(hub.kept_link(id));
                kept.links.sort_by_key(|link| link.access_point);
            }
            Record::Session(id) => {
                kept.sessions.retain(|session| session.id != id);
                kept.sessions.extend(hub.kept_session(id));
                kept.sessions.sort_by_key(|session| session.id.index);
            }
        }
    }
}

/// Who writes down only what steps say they changed has everything, and a step says and does the same each time (SPEC §8).
#[test]
fn what_changed_is_told_and_steps_are_the_same_each_time() {
    let restores = |taken: &&Taken| matches!(taken.exchanges.first(), Some((Input::Restore(_), _)));
    let crashes = STEPS.iter().filter(restores).count();
    assert!(crashes > 20, "there are {crashes} crashes among {} steps", STEPS.len());
    for Taken { world, before, exchanges, .. } in &*STEPS {
        let (mut hub, mut kept) = match exchanges.first() {
            Some((Input::Restore(kept), _)) => (world.defined(), Kept::clone(kept)),
            _ => (before.clone(), before.kept()),
        };
        for (input, outputs) in exchanges {
            let mut again = Vec::new();
            hub.step(input, &mut again);
            assert_eq!(&again, outputs, "{input:?}");
            note(&mut kept, &hub);
            assert_eq!(without_counters(kept.clone()), without_counters(hub.kept()), "{input:?}");
        }
    }
}

/// Ids are exchanged and exchanged back: nothing is lost on the way, and nothing else changed.
#[test]
fn what_is_kept_has_the_ids_of_who_takes_it() {
    for Taken { world, after: hub, .. } in &*STEPS {
        let kept = hub.kept();
        let last = world.access_points.len() as u32 - 1;
        let mirrored = |id: ConfigurationId| match id {
            ConfigurationId::AccessPoint(id) => Some(AccessPointId(last - id.0).into()),
            other => Some(other),
        };
        let (there, refused) = kept.clone().map(mirrored);
        assert_eq!(refused, []);
        let own = |kept: &Kept| kept.links.iter().map(|link| last - link.access_point.0).collect::<Vec<_>>();
        assert_eq!(own(&there), kept.links.iter().map(|link| link.access_point.0).collect::<Vec<_>>());
        for (one, other) in there.sessions.iter().zip(&kept.sessions) {
            assert_eq!(one.chosen.map(&mirrored), other.chosen.map(Some));
            let [one, other] = [one, other].map(|session| (session.current, session.candidate, session.failure.map(|(id, _)| id)));
            let mirror = |id: Option<AccessPointId>| id.map(|id| AccessPointId(last - id.0));
            assert_eq!((mirror(one.0), mirror(one.1), mirror(one.2)), other);
        }
        let (mut back, refused) = there.map(mirrored);
        back.links.sort_by_key(|link| link.access_point);
        assert_eq!((back, refused), (kept.clone(), Vec::new()));
        let (nothing, refused) = kept.clone().map(|_| None);
        assert_eq!((nothing.links.len(), nothing.sessions.len(), nothing.hub.route), (0, 0, None));
        assert_eq!(refused.len(), kept.links.len() + kept.sessions.len());
    }
}

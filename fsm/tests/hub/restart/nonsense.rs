//! Records that no hub ever wrote.

use super::life::{CHOICE, LINKS};
use crate::rig::{NETWORK, ap};
use netsession_fsm::hub::{Counters, Kept, KeptHub, KeptLink, KeptSession, KeptSuppression, Policies, SessionOptions};
use netsession_fsm::link::LinkState;
use netsession_fsm::roaming::{Old, RoamMemory, RoamState, Why};
use netsession_fsm::session::Hold;
use netsession_fsm::words::{ConfigurationId, OfferId, OperationId, SessionId, SessionState, UserChoiceId};
use proptest::prelude::*;
use std::time::Duration;

fn session_id() -> impl Strategy<Value = SessionId> {
    let generation = prop::sample::select(vec![0, 0, 1, u32::MAX]);
    (prop::sample::select(vec![0, 1, 2, 5, u32::MAX]), generation).prop_map(|(index, generation)| SessionId { index, generation })
}

pub(crate) fn nonsense() -> impl Strategy<Value = Kept> {
    let some_ap = || prop::option::of((0..LINKS + 1).prop_map(ap));
    let leaf = prop::sample::select(vec![
        LinkState::Absent,
        LinkState::Undefined,
        LinkState::Defined,
        LinkState::Down,
        LinkState::Raising,
        LinkState::Up,
        LinkState::Up,
        LinkState::Lowering,
    ]);
    let link = ((0..LINKS + 1).prop_map(ap), leaf, any::<bool>()).prop_map(|(access_point, state, ours)| KeptLink {
        access_point,
        state,
        ours,
        counters: Counters::default(),
    });
    let configuration =
        || prop::sample::select(vec![NETWORK, NETWORK, CHOICE, ap(0).into(), ap(9).into(), ConfigurationId::UserChoice(UserChoiceId(7))]);
    let hold = prop::sample::select(vec![Hold::Free, Hold::Wanting, Hold::Held, Hold::Held]);
    let roam = prop::sample::select(vec![
        RoamState::Stable,
        RoamState::Stable,
        RoamState::Seeking,
        RoamState::Offered,
        RoamState::Migrating,
        RoamState::Trial,
        RoamState::Committing,
        RoamState::Restoring,
    ]);
    let old = prop::sample::select(vec![Old::Up, Old::Up, Old::Gone, Old::Yielded]);
    let number = || prop::sample::select(vec![0u64, 3, u64::from(u32::MAX), u64::MAX]);
    let session = (
        (session_id(), configuration(), prop::option::of(configuration()), hold, roam),
        (old, any::<bool>(), some_ap(), some_ap(), number(), number()),
        prop::collection::vec((0..LINKS + 1, any::<bool>(), 0..3u8, any::<bool>()), 0..3),
        (prop::option::of(Just(Duration::MAX)), any::<bool>(), any::<bool>()),
    );
    let session = session.prop_map(
        |(
            (id, configuration, chosen, hold, roam),
            (old, consulted, current, candidate, offer, sequence),
            suppressions,
            (window, intent, reopen),
        )| {
            KeptSession {
                id,
                configuration,
                chosen,
                options: SessionOptions { reopen, ..SessionOptions::default() },
                hold,
                roam,
                memory: RoamMemory { old, consulted, keeps_old: consulted, why: Why::default() },
                current,
                candidate,
                failure: None,
                offer: OfferId(offer as u32),
                suppressions: suppressions
                    .into_iter()
                    .map(|(id, active, failures, tried)| KeptSuppression { access_point: ap(id), active, failures, tried })
                    .collect(),
                window,
                intent,
                sequence,
                state: SessionState::Connected,
                policies: Policies::NONE,
                counted: Counters::default(),
                current_base: Counters::default(),
                candidate_base: Counters::default(),
            }
        },
    );
    let hub = (number(), number(), some_ap()).prop_map(|(last_operation, generation, route)| KeptHub {
        last_operation: OperationId(last_operation),
        generation: generation as u32,
        route,
    });
    (hub, prop::collection::vec(link, 0..7), prop::collection::vec(session, 0..6)).prop_map(|(hub, links, sessions)| Kept {
        hub,
        links,
        sessions,
    })
}

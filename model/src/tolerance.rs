//! What must change nothing, or nothing but what it says: late reports, resyncs, answers that do not fit (S9, S14).

use crate::next::Desk;
use crate::observe::leaf;
use crate::state::State;
use netsession_fsm::hub::{Call, Input, LinkReport, Output, Report};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{AccessPointId, ConfigurationId, ConfigurationState, OfferId, Phase, Refusal, RequestId, SessionId};

/// The link's reports again, as many as `count`, oldest first, change nothing (SPEC §2).
pub fn repeats(state: &mut State, id: AccessPointId, count: usize, desk: &mut Desk) {
    let hub = desk.spare.like(&state.hub);
    let mut outputs = Vec::new();
    for report in &state.links[id.0 as usize].reports[..count] {
        hub.step(&Input::Report(Report::Link(*report)), &mut outputs);
    }
    let unchanged = outputs.is_empty() && hub.is_like(&state.hub);
    state.require(14, unchanged);
}

/// After a resync every link stands as the snapshot says, but for what was commanded since (S14); the same snapshot again changes
/// nothing about the links.
pub fn resynced(state: &mut State, snapshot: &[LinkReport]) {
    for report in snapshot.iter().filter(|report| !state.is_removed(report.access_point.into())).collect::<Vec<_>>() {
        let leaf = leaf(&state.hub, report.access_point);
        let leased = state.hub.holders(report.access_point).next().is_some();
        let says = match report.state {
            ConfigurationState::Active => LinkState::Up,
            ConfigurationState::Discovered => LinkState::Down,
            ConfigurationState::Defined => LinkState::Defined,
            ConfigurationState::Undefined => LinkState::Undefined,
            ConfigurationState::Absent => LinkState::Absent,
        };
        // Serial numbers were renamed: the newest operation on a link is 1.
        let under_way = report.done == netsession_fsm::words::OperationId(0);
        let commanded = match leaf {
            LinkState::Raising => under_way || (leased && says == LinkState::Down),
            LinkState::Lowering => under_way || says == LinkState::Up,
            LinkState::Absent | LinkState::Undefined | LinkState::Defined | LinkState::Down | LinkState::Up => false,
        };
        let fits = leaf == says || commanded;
        state.require(14, fits);
    }
}

/// Every answer that does not fit is refused by name and changes nothing (S9).
pub fn misuse(state: &mut State, session: u8, desk: &mut Desk) {
    let Some(id) = state.told[session as usize].id else { return };
    let Some(snapshot) = state.hub.snapshot(id) else { return };
    let pending = snapshot.offer.map(|offer| offer.id);
    let stale = OfferId(pending.map_or(77, |pending| pending.0 + 77));
    let refused =
        |result: &Result<(), Refusal>| matches!(result, Err(Refusal::WrongPhase(_) | Refusal::StaleOffer { .. } | Refusal::NotOpen));
    // A refused request changes nothing, so one hub serves for all of them.
    let hub = desk.spare.like(&state.hub);
    let mut outputs = Vec::new();
    let mut named = true;
    for offer in [Some(stale), pending].into_iter().flatten() {
        let fitting = |wanted: Phase| pending == Some(offer) && snapshot.phase == wanted;
        let calls = [
            (Call::Migrate(offer), fitting(Phase::Offered)),
            (Call::Ignore(offer), fitting(Phase::Offered)),
            (Call::Accept(offer), fitting(Phase::Trial)),
            (Call::Reject(offer), fitting(Phase::Trial)),
            (Call::RequestRoam, snapshot.phase == Phase::Stable && snapshot.open),
        ];
        for (call, _) in calls.into_iter().filter(|(_, fits)| !fits) {
            desk.facts.saw(9, true);
            outputs.clear();
            let input = Input::Request { session: id, request: RequestId(9), call };
            hub.step(&input, &mut outputs);
            #[cfg(feature = "coverage")]
            desk.noted.exchange(&input, &outputs, hub);
            named &= matches!(&outputs[..], [Output::Answer { result, .. }] if refused(result));
        }
    }
    let close = Input::Request { session: SessionId { index: 99, generation: 0 }, request: RequestId(9), call: Call::Close };
    let create = Input::Create {
        request: RequestId(9),
        configuration: ConfigurationId::AccessPoint(AccessPointId(99)),
        options: netsession_fsm::hub::SessionOptions::default(),
    };
    for input in [close, create] {
        outputs.clear();
        hub.step(&input, &mut outputs);
        #[cfg(feature = "coverage")]
        desk.noted.exchange(&input, &outputs, hub);
        let unknown = |result: &Result<(), Refusal>| matches!(result, Err(Refusal::UnknownSession | Refusal::UnknownConfiguration(_)));
        named &= matches!(&outputs[..], [Output::Answer { result, .. }] if unknown(result));
    }
    let unchanged = hub.is_like(&state.hub);
    state.require(9, named && unchanged);
}

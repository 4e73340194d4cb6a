//! What can be done where all is quiet?

use super::deed::{Deed, Ends, Event, Unasked, Verb};
use super::quiet::{Quiet, id};
use super::stage::Stage;
use crate::action::{Action, Ask};
use crate::possible;
use netsession_fsm::words::ConfigurationState;

impl Quiet {
    /// Everything that can be done here.
    pub(crate) fn deeds(&self, stage: &Stage) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let mut actions = Vec::new();
        possible::actions(&stage.world, &self.state, &mut actions);
        for action in actions {
            match action {
                Action::Ask(session, Ask::Open | Ask::Choose(_)) if self.waits(session, Verb::Open) => {}
                Action::Ask(session, ask) => deeds.push(Deed::Asks(session, ask)),
                // who waits for an answer looks at it first
                Action::Die(session) if !self.begun.iter().any(|(who, _)| *who == session) => deeds.push(Deed::Leaves(session)),
                Action::Misuse(session) if stage.deeds.unasked => {
                    let all = [Unasked::Migrates, Unasked::Ignores, Unasked::Accepts, Unasked::Rejects];
                    deeds.extend(all.map(|answer| Deed::Unasked(session, answer)));
                }
                Action::Removes(of) if stage.deeds.removed => deeds.push(Deed::Removed(of)),
                Action::Refresh if !self.state.gone => deeds.push(Deed::Refreshed),
                // what the environment does by itself, and what has a deed of its own below
                Action::Die(_)
                | Action::Misuse(_)
                | Action::Removes(_)
                | Action::Refresh
                | Action::Returns(_)
                | Action::Becomes(..)
                | Action::Finishes(..)
                | Action::Arrives(..)
                | Action::IsLost(..)
                | Action::Resync
                | Action::Gone
                | Action::Crash
                | Action::Routed(_)
                | Action::Defines(_)
                | Action::Scanned(_)
                | Action::Fires(_) => {}
            }
        }
        for place in 0..self.places.len() {
            self.link_deeds(stage, place, &mut deeds);
        }
        if stage.deeds.daemon {
            deeds.push(if self.state.gone { Deed::Back } else { Deed::Killed });
            deeds.extend((!self.state.gone && stage.deeds.script).then_some(Deed::Resyncs));
        }
        deeds.extend((!self.timers.is_empty()).then_some(Deed::Waits));
        deeds
    }

    fn link_deeds(&self, stage: &Stage, place: usize, deeds: &mut Vec<Deed>) {
        let id = id(place);
        let state = self.state.link(id).state;
        let usable = state >= ConfigurationState::Discovered;
        let mut happens = |event, can: bool| deeds.extend(can.then_some(Deed::Happens(id, event)));
        happens(Event::Cut, stage.deeds.cables && usable);
        happens(Event::Mended, stage.deeds.cables && !usable);
        happens(Event::TakenDown, stage.deeds.taken && state == ConfigurationState::Active);
        if !stage.deeds.script {
            return;
        }
        let alone = stage.world.access_points[place].radio.is_none();
        happens(Event::BroughtUp, alone && usable && state != ConfigurationState::Active);
        happens(Event::LosesCredentials, alone && usable);
        let now = self.places[place];
        // once is enough
        let raises = [Ends::Badly, Ends::Never].into_iter().filter(|_| now.raise == Ends::Well);
        deeds.extend(raises.map(|ends| Deed::Raises(id, ends)));
        let preferred = [Ends::Badly, Ends::Never].into_iter().filter(|_| now.prefer == Ends::Well);
        deeds.extend(preferred.map(|ends| Deed::Preferred(id, ends)));
    }

    fn waits(&self, session: u8, verb: Verb) -> bool {
        self.begun.contains(&(session, verb))
    }
}

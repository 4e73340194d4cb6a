//! Is everything so that it may be, at any moment? What sessions say, what the hub answered, and what the system has.

use super::faults::Faults;
use super::user::Seat;
use super::{Numbers, PLACES};
use crate::judge::Along;
use crate::laws::id;
use crate::rig::{Rig, Trouble};
use netsession_backends::client::Client;
use netsession_fsm::words::{AccessPointId, ConfigurationState, SessionState};
use std::time::Duration;
use tokio::time::Instant;

/// For so long a session may say that it is Connected on a link that is not up: until the kernel, which may be busy, has said it.
const LAG: Duration = Duration::from_secs(5);
/// How often the system is asked.
const PACE: Duration = Duration::from_millis(300);

/// Looks, all the time.
#[derive(Debug)]
pub(super) struct Onlooker {
    along: Along,
    client: Client,
    /// Since when sessions say of a place what is not so.
    wrong: [Option<Instant>; PLACES],
    asked: Instant,
    numbers: Numbers,
}

impl Onlooker {
    pub(super) fn new(along: Along, client: Client, numbers: Numbers) -> Self {
        Self { along, client, wrong: [None; PLACES], asked: Instant::now(), numbers }
    }

    /// Looks at everything.
    pub(super) async fn look<R: Rig>(&mut self, rig: &R, seats: &[Seat], faults: &Faults) -> Result<(), Trouble> {
        let steps = self.along.go()? as u64;
        self.numbers.most("steps of the hub judged", steps);
        let connected = self.sessions(seats)?;
        if faults.blind() {
            self.wrong = [None; PLACES];
        } else if self.asked.elapsed() >= PACE {
            self.asked = Instant::now();
            for place in 0..PLACES {
                let right = !connected.contains(&id(place)) || !faults.is_cut(place) && rig.is_up(place).await?;
                let since = if right { None } else { self.wrong[place].or_else(|| Some(Instant::now())) };
                self.wrong[place] = since;
                if since.is_some_and(|since| since.elapsed() > LAG) {
                    return Err(format!("for {LAG:?} sessions say that they are Connected on ap{place}, whose link is not up").into());
                }
            }
            self.numbers.more("looks at the system");
        }
        Ok(())
    }

    /// What sessions say fits together; gives the access points on which they say that they are Connected.
    fn sessions(&self, seats: &[Seat]) -> Result<Vec<AccessPointId>, Trouble> {
        let mut connected = Vec::new();
        for session in seats.iter().filter_map(Seat::session) {
            let snapshot = session.snapshot();
            let says = |what: &str| Err(format!("a session {what}: {snapshot:?}").into());
            if !snapshot.open {
                if snapshot.active.is_some() {
                    return says("uses an access point and is not open");
                }
                continue;
            }
            if !matches!(snapshot.state, SessionState::Connected | SessionState::Roaming) {
                return says("is open and neither Connected nor Roaming (S1)");
            }
            if snapshot.state == SessionState::Connected {
                let Some(active) = snapshot.active else { return says("is Connected on nothing") };
                if session.carrier().is_none() {
                    return says("is Connected and has no carrier");
                }
                let state = self.client.configuration(active)?.state;
                if state != ConfigurationState::Active {
                    return says(&format!("is Connected on an access point that is {state:?}"));
                }
                connected.push(active);
            }
        }
        Ok(connected)
    }
}

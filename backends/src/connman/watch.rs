//! What changes when ConnMan tells something? The list of services, and the questions that wait for an answer.

use super::link::{Doing, Link};
use super::proxy::{Question, Refused};
use super::task::{Stage, Task};
use super::told::{Answer, Told};
use crate::executor::Event;
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Capabilities, OperationId};
use std::time::Duration;
use tokio::time::Instant;

/// A service that ConnMan disconnects this long after a raise makes room for it.
const MAKING_ROOM: Duration = Duration::from_secs(1);

impl Task {
    /// Takes in one message.
    pub(super) async fn understand(&mut self, told: Told) {
        let connected = self.services.connected();
        match told {
            Told::Changed(id, name, value) => {
                let before = self.services.state(&id);
                self.services.changed(&id, &name, value);
                let after = self.services.state(&id);
                // addresses are told 14 ms after `ready` (measured), but known at once
                if name == "State" && after.is_connected() && !before.is_connected() {
                    self.ask(Question::Properties(id)).await;
                }
            }
            Told::Appeared(id) => {
                self.renewed(&id);
                self.services.appeared(&id);
                self.ask(Question::Properties(id)).await;
            }
            Told::Vanished(id) => {
                self.renewed(&id);
                self.services.vanished(&id);
            }
            Told::Order(order, removed) => {
                removed.iter().for_each(|id| self.renewed(id));
                self.services.ordered(order, &removed);
                for id in self.services.unknown() {
                    self.ask(Question::Properties(id)).await;
                }
            }
            Told::Owner(true) => {
                // a name that changes hands was lost in between
                if self.stage == Stage::There {
                    self.set_away();
                }
                self.set_there().await;
            }
            Told::Owner(false) => self.set_away(),
            Told::Answer(question, answer) => self.answered(question, answer).await,
        }
        self.identify();
        for id in connected {
            if !self.services.state(&id).is_connected() {
                self.made_room(&id);
            }
        }
    }

    async fn answered(&mut self, question: Question, answer: Result<Answer, Refused>) {
        match (question, answer) {
            (Question::Listen(rule), Err(refused)) => tracing::error!(rule, %refused, "connman: the bus does not let us listen"),
            (Question::Owner, Ok(Answer::Owner(true))) if matches!(self.stage, Stage::Unknown | Stage::Away) => self.set_there().await,
            (Question::Owner, Ok(Answer::Owner(false))) if self.stage == Stage::Unknown => self.set_away(),
            (Question::Services, Ok(Answer::Services(all))) => {
                self.services.replace(all);
                if let Stage::Starting { listed, .. } = &mut self.stage {
                    *listed = true;
                    self.links.iter_mut().for_each(Link::is_fresh);
                }
                self.identify();
                self.order_is_known().await;
            }
            (Question::Services, Err(refused)) => {
                tracing::error!(%refused, "connman: ConnMan does not list its services");
                // without them it is as good as not there; if its name is lost the bus says so
                if matches!(self.stage, Stage::Starting { .. } | Stage::Unknown) {
                    self.set_away();
                }
                self.moved(None, Some(&refused));
            }
            (Question::Properties(id), Ok(Answer::Properties(properties))) => {
                self.services.properties(&id, properties);
            }
            (Question::Check(op, id), answer) => {
                if let Ok(Answer::Properties(properties)) = answer {
                    self.services.properties(&id, properties);
                }
                self.is_begun(op, &id);
            }
            (Question::Connect(op, id), answer) => self.connected(op, &id, answer.err()).await,
            (Question::Disconnect(op, id), answer) => self.disconnected(op, &id, answer.err()).await,
            (Question::AutoConnect(op, id, on), answer) => {
                if let Err(refused) = &answer {
                    tracing::warn!(service = id, on, %refused, "connman: AutoConnect could not be set");
                }
                if op == OperationId(0) {
                    self.restoring = self.restoring.saturating_sub(1);
                }
                self.one_answer_less(op, &id);
            }
            (Question::Move(op, _), answer) => self.moved(Some(op), answer.err().as_ref()),
            (Question::Technologies(op), answer) => {
                let scanners = match answer {
                    Ok(Answer::Scanners(scanners)) => scanners,
                    Ok(_) | Err(_) => Vec::new(),
                };
                for path in scanners {
                    self.scans.iter_mut().filter(|(other, _)| *other == op).for_each(|(_, open)| *open += 1);
                    self.ask(Question::Scan(op, path)).await;
                }
                self.scanned(op);
            }
            (Question::Scan(op, path), answer) => {
                if let Err(refused) = answer {
                    tracing::warn!(path = path.as_str(), %refused, "connman: no scan");
                }
                self.scanned(op);
            }
            (Question::Properties(id), Err(refused)) => tracing::debug!(service = id, %refused, "connman: a service says nothing"),
            (Question::Owner, Err(refused)) => tracing::error!(%refused, "connman: the bus does not say whether ConnMan is there"),
            (Question::Listen(_) | Question::Owner | Question::Services | Question::Properties(_), Ok(_)) | (Question::Manager, _) => {}
        }
    }

    /// A service came or went: what is known of it is as new as that.
    fn renewed(&mut self, id: &str) {
        self.links.iter_mut().filter(|link| link.service.as_deref() == Some(id)).for_each(Link::is_fresh);
    }

    /// Scans with every technology that can; the access points it finds are told by signals before the answer.
    pub(super) async fn refresh(&mut self, op: OperationId) {
        if self.stage == Stage::There {
            self.scans.push((op, 1));
            self.ask(Question::Technologies(op)).await;
        } else {
            self.tell(Event::Report(Report::Refreshed { op, executor: self.options.executor }));
        }
    }

    fn scanned(&mut self, op: OperationId) {
        let Some(place) = self.scans.iter().position(|(other, _)| *other == op) else { return };
        self.scans[place].1 -= 1;
        if self.scans[place].1 == 0 {
            self.scans.remove(place);
            self.tell(Event::Report(Report::Refreshed { op, executor: self.options.executor }));
        }
    }

    /// A service is connected no more. If that was not asked for, its device is fine, and another one has just been raised, then
    /// ConnMan keeps one technology connected at a time: two links are never up together (measured with
    /// `SingleConnectedTechnology=true`, which does so even to two services of one technology).
    fn made_room(&mut self, id: &str) {
        let asked_for = self.links.iter().any(|link| matches!(&link.doing, Doing::Lowering(lowering) if lowering.service == id));
        let fine = self.services.get(id).and_then(|service| service.interface.as_deref());
        let fine = fine.and_then(|interface| self.kernel.device(interface)).is_some_and(|device| device.up && device.carrier);
        let raising = self.links.iter().any(|link| matches!(&link.doing, Doing::Raising(raising) if raising.service != id));
        let raised = self.raised_at.as_ref().is_some_and(|(at, raised)| *at + MAKING_ROOM > Instant::now() && raised != id);
        if fine && !asked_for && (raising || raised) && self.abilities.get().has(Capabilities::APPLICATION_LEVEL_ROAMING) {
            tracing::warn!(
                service = id,
                "connman: ConnMan disconnected a service when another one was connected: no trial is possible; \
                 SingleConnectedTechnology=false in /etc/connman/main.conf lets several be connected"
            );
            self.abilities.lose(Capabilities::APPLICATION_LEVEL_ROAMING);
        }
    }
}

//! Does the default route stay where it belongs? ConnMan sorts its services anew whenever one is connected.
//!
//! Among services of one type the order that `MoveBefore` made lasts. Among different types it lasts until the next service is
//! connected: then ConnMan puts ethernet first, or whatever its `PreferredTechnologies` say, and moves the default route there, be it
//! to a link that was only raised (measured on ConnMan 1.41, with a `gadget` and ethernet). So it is moved back. Among services of one
//! type nobody but a person changes the order, and that stands.

use super::proxy::{Move, Question};
use super::task::{Stage, Task};
use netsession_fsm::words::OperationId;

impl Task {
    /// The connected service whose device has this index.
    pub(super) fn service_on(&self, index: u32) -> Option<&str> {
        let on_it = |name: &str| self.kernel.device(name).is_some_and(|device| device.index == index);
        let mut connected = self.services.iter().filter(|service| service.state.is_connected());
        connected.find(|service| service.interface.as_deref().is_some_and(on_it)).map(|service| service.id.as_str())
    }

    /// Moves the default route back to where it belongs if ConnMan's sorting took it away.
    pub(super) async fn hold(&mut self) {
        let used = self.preference.preferred.is_some() || self.links.iter().any(|link| link.raised);
        if !used || self.ending {
            self.preference.keeper = None;
        }
        let keeper = self.preference.keeper.as_deref().and_then(|keeper| self.services.get(keeper));
        let Some(keeper) = keeper.filter(|keeper| keeper.state.is_connected()) else {
            self.preference.keeper = None;
            return;
        };
        if self.preference.holding || self.preference.is_busy() || self.stage != Stage::There {
            return;
        }
        let Some(now) = self.kernel.default_device().await else { return };
        let other = self.service_on(now).and_then(|other| self.services.get(other));
        let Some(other) = other.filter(|other| other.kind != keeper.kind) else { return };
        let step = Move { service: keeper.id.clone(), before: true, other: other.id.clone() };
        self.preference.holding = true;
        self.ask(Question::Move(OperationId(0), step)).await;
    }

    /// A move was answered; tells whether it was one of these.
    pub(super) fn held(&mut self, op: Option<OperationId>, refused: bool) -> bool {
        let mine = op == Some(OperationId(0)) && std::mem::take(&mut self.preference.holding);
        if mine && refused {
            self.preference.keeper = None;
        }
        mine
    }
}

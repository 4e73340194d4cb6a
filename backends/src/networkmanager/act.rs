//! How is a link raised and lowered? NetworkManager is asked once; its signals say how it went (C3 to C6, C11).

use super::link::{Stage, Want, Work};
use super::map::Activation;
use super::proxy::{cause, is_cancelled, is_over};
use super::sync::{Presence, Sync};
use super::task::{Answer, Task, Timer};
use crate::executor::Event;
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Cause, ConfigurationState, OperationId};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// `NM_DEVICE_STATE_DEACTIVATING`.
const DEACTIVATING: u32 = 110;
/// `NM_DEVICE_TYPE_WIFI`.
const WIFI: u32 = 2;
/// How often an activation is asked for if NetworkManager calls it off.
const ATTEMPTS: u32 = 3;
/// A scan takes about 5 s on all channels.
const SCAN: Duration = Duration::from_secs(10);

impl Task {
    /// Goes on with the operations of a link as far as NetworkManager's signals let it.
    pub(super) async fn advance(&mut self, at: usize) {
        match (self.sync == Sync::Done, self.presence) {
            (true, _) => {}
            // it was lost, or is about to be: what is asked waits for it, or for the hub's patience to end
            (false, Presence::Gone | Presence::Untold | Presence::Here) => return,
            (false, Presence::Absent) => {
                self.links[at].take_up();
                while self.links[at].work.is_some() {
                    self.conclude(at, Some(Cause::BackendGone));
                    self.links[at].take_up();
                }
                return;
            }
        }
        loop {
            if self.activation(at).is_none() {
                self.links[at].deactivating = false;
            }
            let link = &mut self.links[at];
            link.take_up();
            let Some(Work { want, stage, .. }) = link.work else { break };
            let goes_on = match want {
                Want::Up => self.raise(at, stage).await,
                Want::Down if self.is_disowned(at) => {
                    self.conclude(at, None);
                    true
                }
                Want::Down => self.lower(at, stage),
                Want::AsFound if self.links[at].stopped => self.raise(at, stage).await,
                Want::AsFound if self.links[at].ours || self.links[at].activating => self.lower(at, stage),
                Want::AsFound => {
                    self.conclude(at, None);
                    true
                }
            };
            if !goes_on {
                return;
            }
        }
        // what was ours ended
        if !self.links[at].activating && self.activation(at).is_none() {
            self.links[at].ours = false;
        }
    }

    /// Whether what is up is not what an earlier process raised: the first `Lower` leaves it alone.
    fn is_disowned(&mut self, at: usize) -> bool {
        let link = &mut self.links[at];
        std::mem::take(&mut link.disowned) && !link.ours && !link.activating
    }

    /// Path and state of a link's active connection.
    pub(super) fn activation(&self, at: usize) -> Option<(&str, Activation)> {
        let link = &self.links[at];
        let (path, active) = self.objects.active(link.uuid.as_deref()?, link.profile.interface.as_deref())?;
        (active.activation != Activation::Deactivated).then_some((path, active.activation))
    }

    /// Brings a link up; gives whether there is more to do at once. An active connection that is on its way up, or waits for its
    /// carrier, is joined: to activate it again would tear it down.
    async fn raise(&mut self, at: usize, stage: Stage) -> bool {
        let (state, why) = self.state(at);
        if self.links[at].deactivating {
            return false;
        }
        if state == ConfigurationState::Active {
            (self.links[at].stopped, self.links[at].attempts) = (false, 0);
            self.conclude(at, None);
            return true;
        }
        match (stage, self.activation(at)) {
            (_, Some((_, Activation::Deactivating | Activation::Deactivated))) => false,
            (_, Some((_, Activation::Activating | Activation::Activated))) => {
                self.set_stage(at, Stage::Asked);
                false
            }
            (_, None) if self.links[at].activating => false,
            (Stage::Asked, None) => {
                let told = std::mem::take(&mut self.links[at].why);
                let cause = if told == Cause::Unknown { why } else { told };
                // it was just lost when it was asked for: the next activation waits for it
                if cause == Cause::CarrierLost && self.links[at].attempts < ATTEMPTS {
                    self.set_stage(at, Stage::Begun);
                    return true;
                }
                self.give_up(at, cause)
            }
            (Stage::Begun, None) if state == ConfigurationState::Undefined => self.give_up(at, why),
            (Stage::Begun, None) if self.device(&self.links[at]).is_none() => self.give_up(at, Cause::Vanished),
            (Stage::Begun, None) => {
                if self.hold(at).await {
                    self.activate(at);
                }
                false
            }
        }
    }

    fn give_up(&mut self, at: usize, cause: Cause) -> bool {
        let link = &mut self.links[at];
        tracing::warn!(access_point = %link.profile.access_point, %cause, "networkmanager: a link could not be raised");
        (link.ours, link.stopped) = (false, false);
        self.conclude(at, Some(cause));
        true
    }

    fn activate(&mut self, at: usize) {
        let Some(bus) = self.bus.clone() else { return };
        let link = &self.links[at];
        let Some((path, profile)) = link.uuid.as_deref().and_then(|uuid| self.objects.profile(uuid)) else { return };
        let path = path.to_owned();
        let named = link.profile.interface.is_some() || profile.interface.is_some();
        let device = self.device(link).map(|(path, _)| path.to_owned()).filter(|_| named);
        let link = &mut self.links[at];
        (link.activating, link.ours, link.why) = (true, !link.stopped, Cause::Unknown);
        link.attempts += 1;
        self.set_stage(at, Stage::Asked);
        self.note();
        self.ask(async move { Answer::Activated(at, bus.activate(&path, device.as_deref()).await) });
    }

    /// An activation was taken, or refused.
    pub(super) fn activated(&mut self, at: usize, activated: zbus::Result<String>) {
        let link = &mut self.links[at];
        link.activating = false;
        let Err(error) = activated else { return };
        link.ours = false;
        if !link.work.is_some_and(|work| work.want == Want::Up || link.stopped) {
            return;
        }
        // the device changed while NetworkManager thought of whether we may
        if is_cancelled(&error) && link.attempts < ATTEMPTS {
            return self.set_stage(at, Stage::Begun);
        }
        tracing::warn!(access_point = %link.profile.access_point, %error, "networkmanager: an activation was refused");
        let cause = if is_cancelled(&error) { Cause::Unknown } else { cause(&error) };
        self.give_up(at, cause);
    }

    /// Takes a link down; gives whether there is more to do at once.
    fn lower(&mut self, at: usize, stage: Stage) -> bool {
        let found = self.activation(at).map(|(path, activation)| (path.to_owned(), activation));
        match (stage, found) {
            (Stage::Begun, None) if self.links[at].activating => false,
            (_, None) if self.is_settling(at) => false,
            (_, None) => {
                self.links[at].ours = false;
                self.conclude(at, None);
                true
            }
            (Stage::Begun, Some((_, Activation::Deactivating))) => {
                self.set_stage(at, Stage::Asked);
                false
            }
            (Stage::Begun, Some((path, activation))) => {
                let link = &mut self.links[at];
                link.stopped |= !link.ours && activation == Activation::Activated;
                link.deactivating = true;
                self.set_stage(at, Stage::Asked);
                self.note();
                if let Some(bus) = self.bus.clone() {
                    self.ask(async move { Answer::Deactivated(at, bus.deactivate(&path).await) });
                }
                false
            }
            (Stage::Asked, Some(_)) => false,
        }
    }

    /// The device is still busy taking its connection down.
    fn is_settling(&self, at: usize) -> bool {
        self.device(&self.links[at]).is_some_and(|(_, device)| device.state == DEACTIVATING)
    }

    /// A deactivation was taken, or refused.
    pub(super) fn deactivated(&mut self, at: usize, deactivated: zbus::Result<()>) {
        self.links[at].deactivating &= deactivated.is_ok();
        match deactivated {
            Ok(()) => {}
            // it ended by itself: the signals that say so came before
            Err(error) if is_over(&error) => self.set_stage(at, Stage::Begun),
            Err(error) => {
                let link = &mut self.links[at];
                tracing::warn!(access_point = %link.profile.access_point, %error, "networkmanager: a link could not be taken down");
                link.stopped = false;
                self.conclude(at, Some(cause(&error)));
            }
        }
    }

    fn set_stage(&mut self, at: usize, stage: Stage) {
        if let Some(work) = &mut self.links[at].work {
            work.stage = stage;
        }
    }

    /// Ends the operation under way on a link.
    pub(super) fn conclude(&mut self, at: usize, failed: Option<Cause>) {
        let (state, _) = self.state(at);
        self.links[at].conclude(state, failed);
    }

    /// Has every wireless device scan; answered when all of them have.
    pub(super) fn scan(&mut self, op: OperationId) {
        let devices = self.objects.devices.iter().filter(|(_, device)| device.kind == WIFI && device.managed);
        let devices: BTreeSet<String> = devices.map(|(path, _)| path.clone()).collect();
        if let Some(bus) = &self.bus {
            for device in devices.clone() {
                let bus = bus.clone();
                self.ask(async move {
                    let scanned = bus.scan(&device).await;
                    Answer::Scanned(device, scanned)
                });
            }
        }
        self.end_scan();
        self.timers.insert(Timer::Scan, Instant::now() + SCAN);
        self.refresh = Some((op, devices));
        self.scan_ended("");
    }

    /// A device told something: if it scanned, that is over.
    pub(super) fn scanned(&mut self, device: &str) {
        if self.refresh.as_ref().is_some_and(|(_, devices)| devices.contains(device)) && self.objects.take_scanned(device) {
            self.scan_ended(device);
        }
    }

    /// A device scans no more.
    pub(super) fn scan_ended(&mut self, device: &str) {
        let Some((_, devices)) = &mut self.refresh else { return };
        devices.remove(device);
        if devices.is_empty() {
            self.end_scan();
        }
    }

    /// All that could be found was found.
    pub(super) fn end_scan(&mut self) {
        self.timers.remove(&Timer::Scan);
        // nothing but a Resync may follow on Gone: the answer waits for it
        if matches!(self.presence, Presence::Gone | Presence::Untold) {
            return;
        }
        if let Some((op, _)) = self.refresh.take() {
            self.tell(Event::Report(Report::Refreshed { op, executor: self.options.executor }));
        }
    }
}

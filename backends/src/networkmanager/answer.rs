//! Who is an answer, or a moment that has come, for? What was asked, and what waits for a time.

use super::proxy;
use super::task::{Answer, Task, Timer};
use tokio::time::Instant;

impl Task {
    /// Takes the answer to something that was asked.
    pub(super) fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Connected(connected) => self.connected(connected),
            Answer::Managed(managed) => self.managed(managed),
            Answer::Profile(path, profile) => {
                self.profile_read(&path, profile);
                self.resolve();
            }
            Answer::Activated(at, activated) => self.activated(at, activated),
            Answer::Deactivated(at, deactivated) => self.deactivated(at, deactivated),
            Answer::Dropped(dropped) => {
                if let Err(error) = dropped {
                    tracing::warn!(%error, "networkmanager: what an earlier process left could not be deactivated");
                }
            }
            Answer::Reapplied(device, reapplied) => self.reapplied(&device, reapplied.map_err(|error| proxy::cause(&error))),
            Answer::Scanned(device, scanned) => {
                if scanned.is_err() {
                    self.scan_ended(&device);
                }
            }
        }
    }

    /// A time has come.
    pub(super) fn ring(&mut self) {
        let now = Instant::now();
        while let Some(timer) = self.timers.iter().find(|(_, when)| **when <= now).map(|(timer, _)| *timer) {
            self.timers.remove(&timer);
            match timer {
                Timer::Connect => self.connect(),
                Timer::Fresh => self.objects.devices.values_mut().for_each(|device| device.fresh = false),
                // it did not end: what is there now?
                Timer::Leaving | Timer::Ask => self.begin_sync(),
                Timer::Startup => self.go_on(),
                Timer::Scan => self.end_scan(),
                Timer::Reapply => self.reapply_overdue(),
                Timer::End => {}
            }
        }
    }
}

//! How is polkit had in a lab? polkitd itself, with the actions and rules of the lab.

use super::places::private;
use super::{Bus, Daemon, Program};
use crate::lab::LabError;
use std::fs;
use std::path::Path;

/// polkit's name on the bus.
const NAME: &str = "org.freedesktop.PolicyKit1";
const SHARED: &str = "/usr/share/polkit-1";
const OWN: &str = "/etc/polkit-1";

/// polkitd. It gives up root for the user `polkitd`, so it needs a lab that root entered ([`crate::lab::can_become_stranger`]) and
/// whose [`users`](super::users) have that name. It ends with the lab at the latest.
#[derive(Debug)]
pub struct Polkit(Daemon);

impl Polkit {
    /// Starts it with these actions (an XML file) and rules (a script), and nothing else; once in a lab.
    ///
    /// # Errors
    /// If something is refused, or it does not come up.
    pub async fn start(bus: &Bus, actions: &str, rules: &str) -> Result<Self, LabError> {
        // polkit is told of its rules' changes by inotify, which sees what happens in these directories
        for directory in [SHARED, OWN].into_iter().filter(|directory| Path::new(directory).is_dir()) {
            private(directory)?;
        }
        let place = || {
            for directory in [SHARED, OWN] {
                fs::create_dir_all(Path::new(directory).join("rules.d"))?;
            }
            fs::create_dir_all(Path::new(SHARED).join("actions"))?;
            fs::write(Path::new(SHARED).join("actions/lab.policy"), actions)?;
            // where logind keeps who sits where; nobody does
            ["seats", "sessions", "users", "machines"].iter().try_for_each(|kind| fs::create_dir_all(Path::new("/run/systemd").join(kind)))
        };
        place().map_err(LabError::system("write polkit's actions"))?;
        Self::rules(rules)?;
        let mut command = Daemon::command(Program::Polkitd, "polkitd")?;
        command.arg("--no-debug");
        let daemon = Daemon::start("polkitd", command)?;
        bus.name(NAME, true).await?;
        Ok(Self(daemon))
    }

    /// Gives it other rules, while it runs; it notices by itself, and says so on the bus.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn rules(rules: &str) -> Result<(), LabError> {
        fs::write(Path::new(OWN).join("rules.d/50-lab.rules"), rules).map_err(LabError::system("write polkit's rules"))
    }

    /// Its process: frozen it answers nothing, killed it is gone.
    pub const fn daemon(&mut self) -> &mut Daemon {
        &mut self.0
    }
}

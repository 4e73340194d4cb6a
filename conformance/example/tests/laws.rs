//! Which laws does the executor of the switch keep? All of them, but for those that need what it cannot do: they are told.

use netsession_conformance::lab::suite;
use netsession_conformance::laws::Suite;
use netsession_conformance::rig::{Excused, Maker, Place, Raise, Rig, Trouble, Virtual, WITHOUT_DAEMON};
use netsession_example::{Raising, Switch, SwitchExecutor};
use netsession_fsm::words::{AccessPointId, Capabilities, Cause};
use std::process::ExitCode;
use std::sync::Arc;

/// A switch with a port for each access point.
#[derive(Debug)]
struct SwitchRig(Switch);

fn id(place: usize) -> AccessPointId {
    AccessPointId(u32::try_from(place).unwrap_or(u32::MAX))
}

impl Rig for SwitchRig {
    type Ground = Virtual;
    type Found = (Vec<bool>, Option<AccessPointId>);

    const CAN: Capabilities = SwitchExecutor::CAN;
    const FAILS: Cause = Cause::Authentication;

    fn name() -> String {
        "switch".into()
    }

    fn excused() -> Vec<Excused> {
        let always = "the switch moves its uplink at once, and always";
        let uplink = ["trials::a_switch_that_is_refused_goes_back", "trials::a_switch_nobody_confirms_goes_back"];
        uplink.map(|law| Excused { law, reason: always }).into_iter().chain(WITHOUT_DAEMON).collect()
    }

    async fn build(_: Virtual, places: &[Place]) -> Result<Self, Trouble> {
        let switch = Switch::default();
        for place in places {
            let raising = match place.raise {
                Raise::Works | Raise::Leased => Raising::Works,
                Raise::Fails => Raising::Fails,
                Raise::Hangs => Raising::Hangs,
            };
            switch.add(!place.away, place.found_up, raising);
        }
        Ok(Self(switch))
    }

    fn maker(&self) -> Maker {
        let switch = self.0.clone();
        Arc::new(move || Ok(Box::new(switch.executor())))
    }

    fn interface(&self, place: usize) -> String {
        format!("port{place}")
    }

    async fn is_up(&self, place: usize) -> Result<bool, Trouble> {
        Ok(self.0.stands().0[place])
    }

    async fn default_route(&self) -> Result<Option<usize>, Trouble> {
        Ok(self.0.stands().1.map(|port| port.0 as usize))
    }

    async fn found(&self) -> Result<Self::Found, Trouble> {
        Ok(self.0.stands())
    }

    async fn becomes(&self, found: &Self::Found) -> Result<(), Trouble> {
        let now = self.0.stands();
        if now == *found { Ok(()) } else { Err(format!("found was {found:?}, and now it is {now:?}").into()) }
    }

    async fn cut(&self, place: usize) -> Result<(), Trouble> {
        self.0.plug(id(place), false);
        Ok(())
    }

    async fn mend(&self, place: usize) -> Result<(), Trouble> {
        self.0.plug(id(place), true);
        Ok(())
    }

    async fn take_down(&self, place: usize) -> Result<(), Trouble> {
        self.0.take_down(id(place));
        Ok(())
    }
}

fn main() -> ExitCode {
    suite(&Suite::of::<SwitchRig>().cases())
}

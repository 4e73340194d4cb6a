//! How are the scenes played on real links? In the lab: namespaces, veth pairs, a router with services.

use super::stage::{LTE, MEMBERS, Probed, Stage, interface};
use super::way::Way;
use super::{Backend, DemoError};
use netsession::executor::{Carrier, Executor};
use netsession::netlink::{Netlink, Options, Profile};
use netsession::{AccessPointId, Candidate, bind};
use netsession_conformance::lab::{Dump, ECHO_PORT, Lab, LabError, Listener, PROBE_PORT, Plug, Probe, SERVICE_V4};
use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Metric of the default routes of raised links.
const METRIC: u32 = 100;
/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the kernel may take to finish what was asked of it, and for how long it is looked at again.
const SOON: Duration = Duration::from_secs(5);

/// The lab with the access points of the demo.
#[derive(Debug)]
pub(super) struct Real {
    lab: Lab,
    listener: Listener,
    /// How everything stood before the executor came.
    found: Dump,
    /// What came since, not by the executor: cables.
    plugged: RefCell<Vec<String>>,
    /// Cables that were cut.
    cut: RefCell<Vec<&'static str>>,
}

/// The numbers of the networks are those of the access points, from 1.
fn plug(id: AccessPointId) -> Plug {
    Plug::new(interface(id), u8::try_from(id.0 + 1).unwrap_or(u8::MAX))
}

impl Real {
    /// Sets the lab up; the process must be in the lab's namespaces.
    pub(super) async fn build() -> Result<Self, LabError> {
        let lab = Lab::new().await?;
        lab.plug_in(interface(LTE), plug(LTE).subnet).await?;
        let found = lab.wire.settled().await?;
        Ok(Self { lab, listener: Listener::start()?, found, plugged: RefCell::default(), cut: RefCell::default() })
    }

    /// Lines that are there and were not found, nor plugged in since, and the other way round.
    async fn difference(&self) -> Result<String, LabError> {
        let difference = self.found.difference(&self.lab.wire.dump().await?);
        let plugged = self.plugged.borrow();
        let ours = |line: &&str| !plugged.iter().any(|cable| line.strip_prefix("+ ") == Some(cable));
        Ok(difference.lines().filter(ours).collect::<Vec<_>>().join("\n"))
    }

    async fn ask(candidate: &Candidate) -> Result<String, String> {
        const REQUEST: &[u8] = b"GET /generate_204 HTTP/1.1\r\nHost: probe.invalid\r\nConnection: close\r\n\r\n";
        let mut stream = bind::connect_tcp(&candidate.carrier, (SERVICE_V4, PROBE_PORT).into()).await.map_err(|error| error.to_string())?;
        let said = |error: io::Error| error.to_string();
        stream.write_all(REQUEST).await.map_err(said)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.map_err(said)?;
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.lines().next().unwrap_or("nothing");
        Ok(status.trim_start_matches("HTTP/1.1 ").to_owned())
    }
}

impl Stage for Real {
    const BACKEND: Backend = Backend::Netlink;
    const TELLS: &'static str = "the kernel's event";

    fn executor(&mut self) -> Result<Box<dyn Executor>, DemoError> {
        let profile = |id| {
            let plug = plug(id);
            let (addresses, gateway) = (vec![plug.v4, plug.v6], Some(plug.gateway_v4));
            Profile { access_point: id, interface: plug.name, addresses, gateway, metric: METRIC, ..Profile::default() }
        };
        let profiles = MEMBERS.iter().map(|member| profile(member.id)).collect();
        Ok(Box::new(Netlink::new(Options::default(), profiles)?))
    }

    async fn appear(&self, id: AccessPointId, portal: bool) -> Result<(), DemoError> {
        let plug = plug(id);
        let probe = if portal { Probe::Portal } else { Probe::Fine };
        self.lab.router.probe(&plug, probe).await?;
        self.lab.plug_in(&plug.name, plug.subnet).await?;
        // before its first raise: nobody else touched it yet
        let cable = self.lab.wire.dump().await?;
        self.plugged.borrow_mut().extend(cable.about(&plug.name).map(str::to_owned));
        Ok(())
    }

    async fn probe(&self, candidate: &Candidate) -> Probed {
        match tokio::time::timeout(PROBE_TIMEOUT, Self::ask(candidate)).await {
            Ok(Ok(answer)) => Probed { fine: answer.starts_with("204"), answer },
            Ok(Err(error)) => Probed { fine: false, answer: error },
            Err(_) => Probed { fine: false, answer: format!("no answer within {PROBE_TIMEOUT:?}") },
        }
    }

    fn way(&self, _: AccessPointId, carrier: Carrier) -> Way {
        Way::Real { carrier, remote: (SERVICE_V4, ECHO_PORT).into() }
    }

    async fn cut(&self, id: AccessPointId) -> Result<Instant, DemoError> {
        self.cut.borrow_mut().push(interface(id));
        Ok(self.lab.router.cut(interface(id)).await?)
    }

    async fn told(&self, id: AccessPointId, asked: Instant) -> Option<Instant> {
        let index = self.lab.wire.index(interface(id)).await.ok()?;
        // the listener is a thread of its own and may be a moment behind
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(at) = self.listener.carrier_lost(index, asked) {
                return Some(at);
            }
            if Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn left_behind(&self) -> Option<String> {
        let cut = self.cut.take();
        for name in cut {
            if let Err(error) = self.lab.router.mend(name).await {
                return Some(error.to_string());
            }
        }
        let deadline = Instant::now() + SOON;
        loop {
            match self.difference().await {
                Ok(difference) if difference.is_empty() => return None,
                Ok(difference) if Instant::now() > deadline => return Some(difference),
                Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error) => return Some(error.to_string()),
            }
        }
    }
}

//! What do all labs begin with? A bus, a ConnMan with two cables, profiles of their services, and the executor on the bench.

use netsession_backends::bind;
use netsession_backends::connman::{Connman, Options, Profile};
use netsession_backends::executor::{Carrier, Event};
use netsession_conformance::lab::daemons::{self, Bus, ConnmanOptions};
use netsession_conformance::lab::{Bench, Dump, ECHO_PORT, Lab, Outcome, Plug, SERVICE_V4};
use netsession_fsm::hub::Report;
use netsession_fsm::words::{AccessPointId, Cause, ConfigurationState, OperationId};
use std::error::Error;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The first access point.
pub(crate) const WIFI: AccessPointId = AccessPointId(0);
/// The second access point.
pub(crate) const LTE: AccessPointId = AccessPointId(1);

/// Two cables, and a ConnMan that has a service for each.
pub(crate) struct Stand {
    /// The first one.
    pub(crate) wifi: Plug,
    /// The second one.
    pub(crate) lte: Plug,
    /// The bus everything ends with.
    _bus: Bus,
    /// ConnMan.
    pub(crate) connman: daemons::Connman,
}

impl Stand {
    /// ConnMan connects nothing by itself; both services have fixed addresses.
    pub(crate) async fn new(lab: &Lab) -> Result<Self, Box<dyn Error>> {
        Self::with(lab, ConnmanOptions::default()).await
    }

    /// ConnMan connects both services by itself.
    pub(crate) async fn by_itself(lab: &Lab) -> Result<Self, Box<dyn Error>> {
        let stand = Self::with(lab, ConnmanOptions { connects_by_itself: true, ..ConnmanOptions::default() }).await?;
        for plug in [&stand.wifi, &stand.lte] {
            stand.connman.becomes(&service(plug), Some("ready")).await?;
        }
        Ok(stand)
    }

    /// With other options; both services have fixed addresses.
    pub(crate) async fn with(lab: &Lab, options: ConnmanOptions) -> Result<Self, Box<dyn Error>> {
        let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
        let bus = Bus::start().await?;
        let options = ConnmanOptions { fixed: vec![wifi.clone(), lte.clone()], ..options };
        let connman = daemons::Connman::start(&bus, &options).await?;
        for plug in [&wifi, &lte] {
            listed(&connman, plug).await?;
        }
        Ok(Self { wifi, lte, _bus: bus, connman })
    }

    /// The executor with both services.
    pub(crate) async fn bench(&self) -> Result<Bench<Connman>, Box<dyn Error>> {
        bench(&[profile(WIFI, &self.wifi), profile(LTE, &self.lte)]).await
    }
}

/// Waits until ConnMan lists the service of an access point and has settled it.
pub(crate) async fn listed(connman: &daemons::Connman, plug: &Plug) -> Outcome {
    let settled = async {
        loop {
            if matches!(connman.state(&service(plug)).await?.as_deref(), Some("idle" | "ready")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settled).await?
}

/// The service of an access point.
pub(crate) fn service(plug: &Plug) -> String {
    daemons::Connman::service(plug)
}

/// The profile of the service on an access point's interface.
pub(crate) fn profile(access_point: AccessPointId, plug: &Plug) -> Profile {
    Profile { access_point, service: None, interface: Some(plug.name.clone()) }
}

/// The executor with these profiles, when the links of idle services are known to be so.
pub(crate) async fn bench(profiles: &[Profile]) -> Result<Bench<Connman>, Box<dyn Error>> {
    bench_with(Options::default(), profiles).await
}

/// The executor with these profiles and options.
pub(crate) async fn bench_with(options: Options, profiles: &[Profile]) -> Result<Bench<Connman>, Box<dyn Error>> {
    let executor = Connman::new(options, profiles.to_vec())?;
    let bench = Bench::new(executor, profiles.iter().map(|profile| profile.access_point)).await?;
    Ok(bench)
}

/// Waits until both links are Discovered: a device may take a second to have its carrier.
pub(crate) async fn both_idle(bench: &mut Bench<Connman>) -> Outcome {
    bench.becomes(WIFI, ConfigurationState::Discovered, Cause::Unknown).await?;
    bench.becomes(LTE, ConfigurationState::Discovered, Cause::Unknown).await?;
    Ok(())
}

/// Waits until both links are Active.
pub(crate) async fn both_active(bench: &mut Bench<Connman>) -> Outcome {
    bench.becomes(WIFI, ConfigurationState::Active, Cause::Unknown).await?;
    bench.becomes(LTE, ConfigurationState::Active, Cause::Unknown).await?;
    Ok(())
}

/// Sends something there and back through a carrier.
pub(crate) async fn echo(carrier: &Carrier) -> Outcome {
    let mut stream = bind::connect_tcp(carrier, (SERVICE_V4, ECHO_PORT).into()).await?;
    stream.write_all(b"there and back").await?;
    let mut back = [0; 14];
    stream.read_exact(&mut back).await?;
    assert_eq!(&back, b"there and back");
    let from = stream.local_addr()?.ip();
    assert!(carrier.addresses.contains(&from), "{from} is not of {carrier:?}");
    Ok(())
}

/// Waits until everything that was commanded before began, and everything heard before was reported.
pub(crate) async fn caught_up(bench: &mut Bench<Connman>) -> Outcome {
    let refresh = bench.refresh();
    bench.until("the refresh", |event| refreshed(event, refresh)).await?;
    Ok(())
}

fn refreshed(event: &Event, asked: OperationId) -> Option<()> {
    matches!(event, Event::Report(Report::Refreshed { op, .. }) if *op == asked).then_some(())
}

/// Waits until everything is as before, but for IPv6 default routes: ConnMan forgets to remove those of fixed addresses at times, and
/// does not move them with the order of its services.
pub(crate) async fn but_for_ipv6_defaults(lab: &Lab, before: &Dump) -> Outcome {
    let as_before = async {
        loop {
            let differs = before.difference(&lab.wire.dump().await?);
            if differs.lines().all(|line| line.contains("destination_prefix_length: 0") && line.contains("Gateway(Inet6(")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), as_before).await?
}

/// Lets ConnMan connect a service by itself, or not, as a user of `connmanctl` would.
pub(crate) async fn auto_connect(connman: &daemons::Connman, plug: &Plug, on: bool) -> Outcome {
    let path = format!("/net/connman/service/{}", service(plug));
    let body = ("AutoConnect", zbus::Variant::from(on));
    let bus = zbus::Connection::system().await?;
    bus.call_method(Some("net.connman"), path.as_str(), Some("net.connman.Service"), "SetProperty", &body).await?;
    assert_eq!(auto_connects(connman, plug).await?, Some(on));
    Ok(())
}

/// Whether ConnMan connects the service of an access point by itself; `None`: there is no such service.
pub(crate) async fn auto_connects(connman: &daemons::Connman, plug: &Plug) -> Result<Option<bool>, Box<dyn Error>> {
    let all = connman.services().await?;
    let of_it = all.into_iter().find(|(path, _)| path.as_str().ends_with(&service(plug)));
    Ok(of_it.and_then(|(_, mut properties)| bool::try_from(properties.remove("AutoConnect")?).ok()))
}

//! How long until the application knows? From the cut to the session's notice, beside whoever hears it first on this system.

use crate::subject::{Daemon, QUIET, Stage, Subject, WLAN, noticed, session, usable};
use crate::table::Target;
use crate::tell::tell;
use futures::StreamExt;
use netsession_conformance::lab::{Lab, Listener, Outcome};
use netsession_fsm::hub::Notice;
use netsession_fsm::words::Mode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

const ROUNDS: usize = 7;

pub(crate) async fn notified(lab: Lab, subject: Subject) -> Outcome {
    let stage = Stage::new(lab, subject).await?;
    let client = stage.client().await?;
    let listener = Listener::start()?;
    let index = stage.lab.wire.index(&stage.wlan.name).await?;
    let signals = signals(&stage).await?;
    let (mut ours, mut kernels, mut daemons) = (Vec::new(), Vec::new(), Vec::new());
    let session = session(&client, WLAN, Mode::Off).await?;
    for _ in 0..ROUNDS {
        usable(&client, WLAN).await?;
        session.open().await?;
        let mut changes = session.changes();
        tokio::time::sleep(QUIET).await;
        let cut = stage.lab.router.cut(&stage.wlan.name).await?;
        ours.push(noticed(&mut changes, |notice| matches!(notice, Notice::StateChanged(_))).await? - cut);
        // whoever is slower has a moment
        tokio::time::sleep(QUIET / 4).await;
        kernels.push(listener.carrier_lost(index, cut).ok_or("the kernel did not tell")? - cut);
        daemons.extend(first_after(&signals, cut).map(|at| at - cut));
        stage.lab.router.mend(&stage.wlan.name).await?;
    }
    let what = "cut to the session's notice";
    match stage.daemon {
        Daemon::None | Daemon::NetworkManager(_) => tell(what, &ours, Some(("plain netlink listener", &kernels)), Target::Times(2.0)),
        Daemon::Connman(_) => {
            tell(what, &ours, Some(("ConnMan's own signal", &daemons)), Target::Times(1.0));
            tell(what, &ours, Some(("plain netlink listener", &kernels)), Target::None);
        }
    }
    if let Daemon::NetworkManager(_) = stage.daemon {
        tell(what, &ours, Some(("NetworkManager's own signal", &daemons)), Target::None);
    }
    client.shutdown().await;
    Ok(())
}

fn first_after(signals: &Mutex<Vec<Instant>>, moment: Instant) -> Option<Instant> {
    signals.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().find(|at| *at >= moment)
}

/// When the daemon itself told that a device has no carrier (NetworkManager), or that a service is no longer ready (ConnMan).
async fn signals(stage: &Stage) -> Result<Arc<Mutex<Vec<Instant>>>, Box<dyn std::error::Error>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (interface, member, words) = match &stage.daemon {
        Daemon::None => return Ok(heard),
        Daemon::NetworkManager(_) => ("org.freedesktop.DBus.Properties", "PropertiesChanged", ["Carrier", "Carrier"]),
        Daemon::Connman(_) => ("net.connman.Service", "PropertyChanged", ["idle", "disconnect"]),
    };
    let connection = zbus::Connection::system().await?;
    let rule = format!("type='signal',interface='{interface}',member='{member}'");
    let mut stream = zbus::MessageStream::for_match_rule(rule.as_str(), &connection, None).await?;
    let all = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            let at = Instant::now();
            let body = String::from_utf8_lossy(message.body().data().bytes()).into_owned();
            if words.iter().any(|word| body.contains(word)) {
                all.lock().unwrap_or_else(PoisonError::into_inner).push(at);
            }
        }
    });
    Ok(heard)
}

//! Is everything as it was when it is over, however it ended? (C12)

use crate::setup::service;
use netsession_conformance::lab::Plug;
use netsession_conformance::lab::daemons::Connman;

/// Whether ConnMan connects the service of an access point by itself; `None`: there is no such service.
pub(crate) async fn auto_connect(connman: &Connman, plug: &Plug) -> Result<Option<bool>, Box<dyn std::error::Error>> {
    let all = connman.services().await?;
    let of_it = all.into_iter().find(|(path, _)| path.as_str().ends_with(&service(plug)));
    Ok(of_it.and_then(|(_, mut properties)| bool::try_from(properties.remove("AutoConnect")?).ok()))
}

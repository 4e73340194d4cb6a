//! Does ConnMan run here, and which services has it? One look, that changes nothing.

use super::ConnmanError;
use super::map;
use super::proxy::{Bus, Question};
use super::service::Service;
use super::told::{Answer, Told};
use netsession_fsm::words::Bearer;
use std::time::Duration;

/// Longer than a ConnMan that works takes to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What ConnMan has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// ConnMan's own state: `offline`, `idle`, `ready`, `online`.
    pub state: String,
    /// Its services, in its order.
    pub services: Vec<Found>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Last part of its object path; what a profile's `service` names best.
    pub identifier: String,
    /// What a person calls it.
    pub name: String,
    /// ConnMan's type: `ethernet`, `wifi`, …
    pub kind: String,
    /// How it stands, in ConnMan's word.
    pub state: String,
    /// The interface it is on.
    pub interface: Option<String>,
    /// What carries it.
    pub bearer: Bearer,
}

/// Asks ConnMan for its services. Nothing is changed, nothing is scanned.
///
/// # Errors
/// If there is no system bus, ConnMan is not on it, or does not answer within 5 s.
pub async fn survey() -> Result<Survey, ConnmanError> {
    tokio::time::timeout(PATIENCE, look()).await.map_err(|_| ConnmanError::Silent(PATIENCE))?
}

async fn look() -> Result<Survey, ConnmanError> {
    let mut bus = Bus::reach().await.map_err(|error| ConnmanError::Bus(error.to_string()))?;
    let mut state = String::new();
    loop {
        let told = bus.told().await.ok_or_else(|| ConnmanError::Bus("the connection was closed".into()))?;
        let Told::Answer(question, answer) = told else { continue };
        let sent = match (question, answer) {
            (Question::Owner, Ok(Answer::Owner(true))) => bus.ask(Question::Manager).await,
            (Question::Owner, Ok(Answer::Owner(false))) => return Err(ConnmanError::Absent),
            (Question::Manager, Ok(Answer::Properties(properties))) => {
                state = properties.get("State").map(super::service::text).unwrap_or_default();
                bus.ask(Question::Services).await
            }
            (Question::Services, Ok(Answer::Services(all))) => {
                return Ok(Survey { state, services: all.into_iter().map(|(id, properties)| found(&id, properties)).collect() });
            }
            (Question::Listen(_), _) => Ok(()),
            (_, Err(refused)) => return Err(ConnmanError::Refused(refused.to_string())),
            (_, Ok(_)) => Ok(()),
        };
        sent.map_err(|error| ConnmanError::Bus(error.to_string()))?;
    }
}

fn found(id: &str, properties: super::service::Properties) -> Found {
    let state = properties.get("State").map(super::service::text).unwrap_or_default();
    let mut service = Service::new(id);
    service.replace(properties);
    let bearer = map::attributes(&service).bearer;
    Found { identifier: service.id, name: service.name, kind: service.kind, state, interface: service.interface, bearer }
}

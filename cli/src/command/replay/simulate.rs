//! Does the program itself do what was recorded? Its drive loop, its client API and its timers, on an executor that reports what the
//! recorded one reported.
//!
//! Time is simulated: it stands still until a timer is to run out, and then goes on to the next one. Where the run has another timer run
//! out first, it cannot happen in real time, and that is said.

use super::puppet::{Puppet, Strings};
use netsession::fsm::hub::{Call, Input, Output, Report, SessionOptions, Timer};
use netsession::fsm::words::OperationId;
use netsession::{Client, Purpose, Session, SessionId};
use netsession_model::trace::{Exchanged, Trace, described};
use netsession_model::world::World;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::timeout;

/// What the drive loop fed its hub, and what came of it.
#[derive(Default)]
struct Tapped {
    exchanges: Mutex<Vec<(Input, Vec<Output>)>>,
    more: Notify,
}

impl Tapped {
    fn len(&self) -> usize {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn get(&self, place: usize) -> Option<Exchanged> {
        let exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        exchanges.get(place).map(|(input, outputs)| Exchanged { input: input.clone(), outputs: outputs.clone() })
    }
}

/// Plays the run; the number of exchanges with the hub that were the same, or where and how it differs.
pub(super) fn run(trace: &Trace, world: &World) -> Result<usize, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(play(trace, world))
}

async fn play(trace: &Trace, world: &World) -> Result<usize, String> {
    let (client, strings, tapped) = start(world).await?;
    let mut sessions: Vec<Option<Arc<Session>>> = Vec::new();
    for plan in &world.sessions {
        let options = SessionOptions { mode: plan.mode, requirements: plan.requirements, may_stop: plan.may_stop, reopen: plan.reopen };
        let session = client.session(plan.configuration, options).await.map_err(|error| error.to_string())?;
        sessions.push(Some(Arc::new(session)));
    }
    let begun = tapped.len();
    // exchanges that were the same, and those of the program alone
    let (mut done, mut own) = (0, 0);
    for (place, step) in trace.steps.iter().enumerate() {
        let told = |what: String| format!("step {} ({}): {what}", place + 1, described(world, step.action));
        for recorded in &step.exchanges {
            if own > 0 && confirms(recorded).is_some() {
                // the drive loop did it before
                (done, own) = (done + 1, own - 1);
                continue;
            }
            feed(&recorded.input, &client, &mut sessions, &strings).map_err(told)?;
            let mut given = answer(&recorded.input, &tapped, begun + done + own).await.map_err(told)?;
            while is_own(&given, &strings) {
                own += 1;
                given = answer(&recorded.input, &tapped, begun + done + own).await.map_err(told)?;
            }
            if plain(recorded) != plain(&given) {
                let text = |exchanged| plain(exchanged).to_string();
                return Err(told(format!("recorded is {}, the program has {}", text(recorded), text(&given))));
            }
            done += 1;
        }
    }
    yield_now().await;
    let more = (begun + done + own..tapped.len()).filter_map(|place| tapped.get(place)).find(|more| !is_own(more, &strings));
    if let Some(more) = more {
        return Err(format!("the program's hub was given more than was recorded: {}", plain(&more)));
    }
    Ok(done)
}

/// The `Prefer` that is confirmed here, and nothing follows from it.
fn confirms(exchanged: &Exchanged) -> Option<OperationId> {
    match (&exchanged.input, &exchanged.outputs[..]) {
        (Input::Report(Report::Route { op, result: Ok(()) }), [Output::Disarm(Timer::Route)]) => Some(*op),
        _ => None,
    }
}

/// Whether the drive loop confirmed a `Prefer` that it gave no executor, for none had anything to let go of. It does so at once, where
/// the executor of a world may take its time.
fn is_own(exchanged: &Exchanged, strings: &Strings) -> bool {
    confirms(exchanged).is_some_and(|op| !strings.was_asked_to_prefer(op))
}

/// The program, with what there is in the world, and nothing reported yet.
async fn start(world: &World) -> Result<(Client, Strings, Arc<Tapped>), String> {
    let (puppet, strings) = Puppet::new(world.access_points.len());
    let tapped = Arc::new(Tapped::default());
    let tap = Arc::clone(&tapped);
    let mut builder = Client::builder().settings(world.settings).executor(puppet).tap(Box::new(move |input, outputs| {
        // what there is was said before, and is the same
        if !matches!(input, Input::Define(_)) {
            tap.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push((input.clone(), outputs.to_vec()));
            tap.more.notify_one();
        }
    }));
    for (name, attributes) in world.names.iter().zip(&world.access_points) {
        builder.access_point(name, attributes.clone());
    }
    for (place, members) in world.networks.iter().enumerate() {
        builder.service_network(&format!("network {place}"), Purpose::Unknown, members.iter().copied());
    }
    for (place, options) in world.choices.iter().enumerate() {
        builder.user_choice(&format!("choice {place}"), options.iter().copied());
    }
    Ok((builder.start().await.map_err(|error| error.to_string())?, strings, tapped))
}

/// Does what the recorded input was: a client asks, an executor reports, somebody changes what there is. A timer runs out by itself.
fn feed(input: &Input, client: &Client, sessions: &mut [Option<Arc<Session>>], strings: &Strings) -> Result<(), String> {
    let place = |id: &SessionId| {
        let known = sessions.iter().position(|session| session.as_ref().is_some_and(|session| session.id() == *id));
        known.ok_or_else(|| format!("there is no session {}", id.index))
    };
    match input {
        Input::Request { session, call, .. } => {
            let Some(session) = sessions[place(session)?].clone() else { return Err("its owner died".to_owned()) };
            let pending = session.snapshot().offer.map(|offer| offer.id);
            let call = match (*call, pending) {
                (Call::Migrate(_), Some(offer)) => Call::Migrate(offer),
                (Call::Ignore(_), Some(offer)) => Call::Ignore(offer),
                (Call::Accept(_), Some(offer)) => Call::Accept(offer),
                (Call::Reject(_), Some(offer)) => Call::Reject(offer),
                (call, _) => call,
            };
            // an open is answered when it is open: nobody waits for that here
            tokio::spawn(async move { session.call(call).await });
        }
        Input::Drop(session) => {
            let place = place(session)?;
            sessions[place] = None;
        }
        Input::Report(report) => strings.report(report),
        Input::Refresh { .. } => {
            let client = client.clone();
            // answered when the scan ends: nobody waits for that here
            tokio::spawn(async move { client.refresh().await });
        }
        Input::Remove(id) => client.remove(*id).map_err(|error| error.to_string())?,
        Input::Fired(_) => {}
        other => return Err(format!("nothing of the program does this: {other:?}")),
    }
    Ok(())
}

/// What the program's hub was given next. Time goes on only for a timer.
async fn answer(recorded: &Input, tapped: &Tapped, place: usize) -> Result<Exchanged, String> {
    if matches!(recorded, Input::Fired(_)) {
        // longer than any timer of the hub
        let waited = async {
            while tapped.len() <= place {
                tapped.more.notified().await;
            }
        };
        timeout(Duration::from_secs(86_400), waited).await.map_err(|_| "no timer of the program runs out".to_owned())?;
    }
    // as long as somebody has something to do, time stands still
    for _ in 0..1000 {
        if let Some(given) = tapped.get(place) {
            return match (recorded, &given.input) {
                (Input::Fired(wanted), Input::Fired(first)) if wanted != first => {
                    Err(format!("in real time another timer runs out before: {first:?}"))
                }
                _ => Ok(given),
            };
        }
        yield_now().await;
    }
    Err("the program's hub was not given it".to_owned())
}

/// An exchange without the numbers that only have to grow; reports are those of the recorded executor, and not compared.
fn plain(exchanged: &Exchanged) -> Value {
    let mut value = serde_json::json!({ "outputs": exchanged.outputs });
    if let Input::Report(Report::Link(_) | Report::Resync { .. } | Report::Route { .. } | Report::Refreshed { .. }) = exchanged.input {
        value["input"] = "report".into();
    } else {
        value["input"] = serde_json::json!(exchanged.input);
    }
    forget(&mut value);
    value
}

fn forget(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(forget),
        Value::Object(fields) => {
            for (name, value) in fields {
                let grows = matches!(name.as_str(), "op" | "sequence" | "request" | "offer" | "id" | "offer_withdrawn");
                let answers = matches!(name.as_str(), "Migrate" | "Ignore" | "Accept" | "Reject");
                match value {
                    Value::Number(_) if grows || answers => *value = 0.into(),
                    _ => forget(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

//! What does the bus itself take? A peer on `zbus` that answers every call at once, and sends as many signals as it is told.

use crate::rig::PrivateBus;
use futures::StreamExt;
use std::error::Error;
use zbus::message::Type;
use zbus::{Connection, Message, MessageStream};

const NAME: &str = "org.netsession.Bare";
const PATH: &str = "/org/netsession/Bare";

/// Serves until the bus is gone; calls `ready` when it does.
pub(crate) async fn serve(address: &str, ready: fn()) -> Result<(), Box<dyn Error>> {
    let connection = zbus::connection::Builder::address(address).name(NAME).build().await?;
    let mut messages = MessageStream::from(&connection);
    ready();
    while let Some(message) = messages.next().await {
        let message = message?;
        if message.message_type() != Type::MethodCall {
            continue;
        }
        connection.send(&Message::method_return(&message.header()).build(&())?).await?;
        if message.header().member().is_some_and(|member| member.as_str() == "Flood") {
            let (to, many): (Vec<String>, u32) = message.body().deserialize()?;
            flood(&connection, &to, many).await?;
        }
    }
    Ok(())
}

/// Sends so many signals to each, as the broker does: in turn, several with one write.
async fn flood(connection: &Connection, to: &[String], many: u32) -> Result<(), Box<dyn Error>> {
    let mut messages = Vec::new();
    for number in 0..u64::from(many) {
        for client in to {
            messages.push(Message::signal(PATH, NAME, "Closed").destination(client.as_str()).build(&number)?);
            if messages.len() == 256 {
                connection.send_all(&messages).await?;
                messages.clear();
            }
        }
    }
    Ok(connection.send_all(&messages).await?)
}

/// Whoever calls it.
pub(crate) struct Caller(Connection);

impl Caller {
    pub(crate) async fn on(bus: &PrivateBus) -> Self {
        Self(bus.connect().await)
    }

    /// A call and its answer.
    pub(crate) async fn echo(&self) -> Result<(), Box<dyn Error>> {
        self.0.call_method(Some(NAME), PATH, Some(NAME), "Echo", &"").await?;
        Ok(())
    }

    /// Has it send so many signals to each of these.
    pub(crate) async fn flood(&self, to: &[String], many: u32) -> Result<(), Box<dyn Error>> {
        self.0.call_method(Some(NAME), PATH, Some(NAME), "Flood", &(to, many)).await?;
        Ok(())
    }
}

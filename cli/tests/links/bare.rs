//! What does the program do where there is neither a daemon nor a configuration file? And what is stopped stays so.

use crate::program::{ConfigFile, without_a_file};
use netsession_conformance::lab::daemons::{Dhcp, DhcpOptions};
use netsession_conformance::lab::{Lab, Outcome};
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
use serde_json::{Value, json};

pub(crate) async fn interfaces_are_listed_and_left_alone(lab: Lab) -> Outcome {
    lab.plug_in("wifi0", 1).await?;
    lab.plug_in("lte0", 2).await?;
    let before = lab.wire.settled().await?;
    let told = without_a_file(&["list", "--json"])?.tells(0).await?;
    let rows = told["configurations"].as_array().ok_or("no rows")?;
    let facts: Vec<_> = rows.iter().map(|row| json!([row["name"], row["executor"], row["state"], row["expected_interface"]])).collect();
    let expected = |name: &str| json!([name, "netlink", "discovered", name]);
    assert_eq!(facts, [expected("wifi0"), expected("lte0")]);
    // nobody said what is to be raised
    let mut unnamed = without_a_file(&["open", "--json", "--", "true"])?;
    let refused = unnamed.event("failed").await?;
    assert_eq!((&refused["error"]["code"], &refused["error"]["kind"]), (&json!(2), &json!("usage")), "{refused}");
    unnamed.ends_with(2).await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn an_interface_that_is_named_gets_a_lease(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    let _dhcp = Dhcp::start(&lab, &wifi, DhcpOptions::default()).await?;
    let before = lab.wire.settled().await?;
    let mut program = without_a_file(&["open", "--json", "wifi0", "--", "sh", "-c", "echo $NETSESSION_ADDRESS $NETSESSION_GATEWAY; cat"])?;
    let connected = program.event("connected").await?;
    assert_eq!(connected["interface"], "wifi0", "{connected}");
    let line = program.line(|_| true).await?;
    assert!(line.starts_with("10.1.0.1") && line.ends_with(" 10.1.0.1"), "{line}");
    // what is up is shown, and is what an unnamed session takes
    let told = without_a_file(&["list", "--json"])?.tells(0).await?;
    assert_eq!((&told["configurations"][0]["state"], &told["configurations"][0]["default"]), (&json!("active"), &json!(true)), "{told}");
    drop(program.input.take());
    program.ends_with(0).await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn what_is_stopped_stays_so(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    assert_eq!(file.run(&["stop", "--json", "net"])?.tells(0).await?, json!({ "stopped": ["wifi0"] }));
    let after = lab.wire.settled().await?;
    assert_ne!(after, before);
    let told = file.run(&["list", "--json"])?.tells(0).await?;
    assert_eq!(told["configurations"][0]["state"], "discovered", "{told}");
    lab.wire.becomes(&after).await?;
    // another program's session is told
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    let mut other = file.run(&["open", "--json", "wifi0", "--", "cat"])?;
    other.event("connected").await?;
    assert_eq!(file.run(&["stop", "--json", "wifi0"])?.tells(0).await?, json!({ "stopped": ["wifi0"] }));
    other.event("lost").await?;
    drop(other.input.take());
    other.ends_with(0).await
}

pub(crate) async fn without_permission_nothing_is_stopped(lab: Lab) -> Outcome {
    let wifi = lab.plug_in("wifi0", 1).await?;
    lab.wire.set_up("wifi0", true).await?;
    lab.wire.add_address("wifi0", wifi.v4.0, wifi.v4.1).await?;
    lab.wire.add_address("wifi0", wifi.v6.0, wifi.v6.1).await?;
    let before = lab.wire.settled().await?;
    let file = ConfigFile::new(&[&wifi])?;
    remove_capability_from_bounding_set(CapabilitySet::NET_ADMIN)?;
    let mut program = file.run(&["stop", "--json", "wifi0"])?;
    let refused = program.event("failed").await?;
    let expected = "cannot stop \"wifi0\": not supported here, netlink needs CAP_NET_ADMIN";
    assert_eq!(refused["error"]["message"], expected, "{refused}");
    program.ends_with(5).await?;
    let told = file.run(&["doctor", "--json"])?.tells(1).await?;
    let checks = told["checks"].as_array().ok_or("no checks")?;
    let of = |name: &str| checks.iter().find(|check| check["name"] == name).map(|check| check["status"].clone()).unwrap_or(Value::Null);
    assert_eq!((of("CAP_NET_ADMIN"), of("wifi0"), of("file")), (json!("problem"), json!("ok"), json!("ok")), "{told}");
    lab.wire.becomes(&before).await
}

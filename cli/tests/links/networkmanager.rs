//! Does the program do with the real NetworkManager what it says: list, open, stop, monitor, doctor?

use crate::program::{ConfigFile, Trouble, without_a_file};
use netsession_conformance::lab::daemons::{Bus, Keyfile, NetworkManager, NetworkManagerOptions};
use netsession_conformance::lab::{Lab, Outcome, Plug, become_stranger, can_become_stranger};
use rustix::process::Signal;
use serde_json::{Value, json};

/// Two access points with fixed addresses, and NetworkManager with a profile for each: `home` on `wifi0`, `phone` on `lte0`.
struct Rig {
    nm: NetworkManager,
    home: Keyfile,
    phone: Keyfile,
    lte: Plug,
    _bus: Bus,
}

async fn rig(lab: &Lab, options: &NetworkManagerOptions) -> Result<Rig, Trouble> {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let bus = Bus::start().await?;
    let (home, phone) = (Keyfile::fixed("home", &wifi), Keyfile::fixed("phone", &lte));
    let nm = NetworkManager::start(&bus, options, &[&home, &phone]).await?;
    Ok(Rig { nm, home, phone, lte, _bus: bus })
}

/// What is told of one configuration.
fn of<'a>(told: &'a Value, name: &str) -> &'a Value {
    let all = told["configurations"].as_array();
    all.and_then(|all| all.iter().find(|row| row["name"] == name)).unwrap_or_else(|| panic!("no {name}: {told}"))
}

pub(crate) async fn is_listed_without_a_file(lab: Lab) -> Outcome {
    let rig = rig(&lab, &NetworkManagerOptions::default()).await?;
    rig.nm.activate(rig.phone.uuid()).await?;
    rig.nm.becomes(rig.phone.uuid(), Some(2)).await?;
    let before = lab.wire.settled().await?;
    let told = without_a_file(&["list", "--json"])?.tells(0).await?;
    let (home, phone) = (of(&told, "home"), of(&told, "phone"));
    let facts = |row: &Value| json!([row["executor"], row["state"], row["bearer"], row["interface"], row["expected_interface"]]);
    assert_eq!(facts(home), json!(["networkmanager", "discovered", "ethernet", null, "wifi0"]));
    assert_eq!(facts(phone), json!(["networkmanager", "active", "ethernet", "lte0", "lte0"]));
    assert!(phone["addresses"].as_array().is_some_and(|all| all.contains(&json!("10.2.0.2"))), "{phone}");
    assert!(phone["because"].as_str().is_some_and(|why| why.starts_with("NetworkManager ") && why.contains("\"phone\"")), "{phone}");
    assert_eq!(told["configurations"].as_array().map(Vec::len), Some(2), "no loopback, nothing twice: {told}");
    lab.wire.becomes(&before).await
}

pub(crate) async fn is_opened_without_a_file(lab: Lab) -> Outcome {
    let rig = rig(&lab, &NetworkManagerOptions::default()).await?;
    let before = lab.wire.settled().await?;
    let mut program = without_a_file(&["open", "--json", "home,phone", "--", "sh", "-c", "echo $NETSESSION_ADDRESS; cat; exit 9"])?;
    assert_eq!(program.event("chosen").await?["executor"], "networkmanager");
    let connected = program.event("connected").await?;
    assert_eq!((&connected["access_point"], &connected["interface"]), (&json!("home"), &json!("wifi0")));
    assert_eq!(program.line(|_| true).await?, "10.1.0.2");
    assert_eq!(rig.nm.active(rig.phone.uuid()).await?, None);
    // the best one is lost: the session moves to the other one
    lab.router.cut("wifi0").await?;
    assert_eq!(program.event("connected").await?["access_point"], "phone");
    rig.nm.becomes(rig.phone.uuid(), Some(2)).await?;
    drop(program.input.take());
    program.ends_with(9).await?;
    rig.nm.becomes(rig.phone.uuid(), None).await?;
    rig.nm.becomes(rig.home.uuid(), None).await?;
    lab.router.mend("wifi0").await?;
    lab.wire.becomes(&before).await
}

pub(crate) async fn is_stopped_and_stays_so(lab: Lab) -> Outcome {
    let rig = rig(&lab, &NetworkManagerOptions::default()).await?;
    rig.nm.activate(rig.phone.uuid()).await?;
    rig.nm.becomes(rig.phone.uuid(), Some(2)).await?;
    let told = without_a_file(&["stop", "--json", "home,phone"])?.tells(0).await?;
    assert_eq!(told, json!({ "stopped": ["phone"] }));
    assert_eq!(rig.nm.active(rig.phone.uuid()).await?, None);
    let told = without_a_file(&["stop", "--json", "phone"])?.tells(0).await?;
    assert_eq!(told, json!({ "stopped": [] }));
    // whoever holds it: another session of another program loses it
    let mut other = without_a_file(&["open", "--json", "phone", "--", "cat"])?;
    other.event("connected").await?;
    assert_eq!(without_a_file(&["stop", "--json", "phone"])?.tells(0).await?, json!({ "stopped": ["phone"] }));
    other.event("lost").await?;
    drop(other.input.take());
    other.ends_with(0).await
}

pub(crate) async fn refuses_to_strangers_before_anything_is_stopped(lab: Lab) -> Outcome {
    if !can_become_stranger() {
        return Ok(());
    }
    let rig = rig(&lab, &NetworkManagerOptions { root_only: true, ..NetworkManagerOptions::default() }).await?;
    rig.nm.activate(rig.phone.uuid()).await?;
    rig.nm.becomes(rig.phone.uuid(), Some(2)).await?;
    let before = lab.wire.settled().await?;
    become_stranger()?;
    let mut stop = without_a_file(&["stop", "--json", "phone"])?;
    let refused = stop.event("failed").await?;
    assert_eq!((&refused["error"]["code"], &refused["error"]["kind"]), (&json!(5), &json!("not-permitted")), "{refused}");
    assert!(refused["error"]["message"].as_str().is_some_and(|said| said.contains("network-control")), "{refused}");
    stop.ends_with(5).await?;
    let mut open = without_a_file(&["open", "--json", "home", "--", "cat"])?;
    let refused = open.event("failed").await?;
    assert!(refused["error"]["message"].as_str().is_some_and(|said| said.starts_with("cannot open on \"home\"")), "{refused}");
    open.ends_with(5).await?;
    let told = without_a_file(&["doctor", "--json"])?.tells(1).await?;
    let checks = told["checks"].as_array().ok_or("no checks")?;
    let right = checks.iter().find(|check| check["name"] == "NetworkManager's permission").ok_or("no such check")?;
    assert_eq!(right["status"], "problem", "{right}");
    lab.wire.becomes(&before).await
}

pub(crate) async fn is_watched(lab: Lab) -> Outcome {
    let rig = rig(&lab, &NetworkManagerOptions::default()).await?;
    let mut program = without_a_file(&["monitor", "--json"])?;
    let snapshot: Value = serde_json::from_str(&program.line(|_| true).await?)?;
    assert_eq!((&snapshot["event"], &of(&snapshot, "home")["state"]), (&json!("snapshot"), &json!("discovered")));
    rig.nm.activate(rig.home.uuid()).await?;
    program.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"home\",\"state\":\"active\"")).await?;
    let carrier = program.line(|line| line.contains("\"event\":\"carrier\",\"configuration\":\"home\"")).await?;
    assert!(carrier.contains("\"interface\":\"wifi0\"") && carrier.contains("10.1.0.2"), "{carrier}");
    rig.nm.deactivate(rig.home.uuid()).await?;
    program.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"home\",\"state\":\"discovered\"")).await?;
    program.send(Signal::INT)?;
    program.ends_with(0).await
}

pub(crate) async fn is_examined(lab: Lab) -> Outcome {
    let extra = "[keyfile]\nunmanaged-devices=interface-name:lte0\n".to_owned();
    let mut rig = rig(&lab, &NetworkManagerOptions { extra, ..NetworkManagerOptions::default() }).await?;
    let named = "[[access-point]]\nname = \"home\"\nexecutor = \"networkmanager\"\nconnection = \"home\"\n\
                 [[access-point]]\nname = \"office\"\nexecutor = \"networkmanager\"\nconnection = \"office\"\n";
    let file = ConfigFile::of(named)?;
    let told = file.run(&["doctor", "--json"])?.tells(1).await?;
    let check = |told: &Value, group: &str, name: &str| {
        let checks = told["checks"].as_array().expect("checks");
        let found = checks.iter().find(|check| check["group"] == group && check["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} of {group}: {told}")).clone()
    };
    assert_eq!(check(&told, "daemons", "system bus")["status"], "ok");
    let daemon = check(&told, "daemons", "NetworkManager");
    assert!(daemon["status"] == "ok" && daemon["found"].as_str().is_some_and(|found| found.ends_with(" runs")), "{daemon}");
    assert_eq!(check(&told, "daemons", "NetworkManager's permission")["status"], "ok");
    let through = |name: &str| check(&told, "interfaces", name)["found"].as_str().map(str::to_owned).unwrap_or_default();
    assert!(through("wifi0").starts_with("through NetworkManager: NetworkManager "), "{}", through("wifi0"));
    assert!(through("lte0").starts_with("through netlink: NetworkManager "), "{}", through("lte0"));
    assert_eq!(check(&told, "configuration", "home")["status"], "ok");
    let office = check(&told, "configuration", "office");
    assert_eq!(office["status"], "problem", "{office}");
    // one that is needed and gone
    rig.nm.stop().await?;
    let told = file.run(&["doctor", "--json"])?.tells(1).await?;
    let daemon = check(&told, "daemons", "NetworkManager");
    assert_eq!((&daemon["status"], &daemon["found"]), (&json!("problem"), &json!("does not run")));
    Ok(())
}

/// `home` is NetworkManager's, `phone` was taken from it and is netlink's: both chosen, not named.
pub(crate) async fn shares_a_service_network_with_netlink(lab: Lab) -> Outcome {
    let extra = "[keyfile]\nunmanaged-devices=interface-name:lte0\n".to_owned();
    let rig = rig(&lab, &NetworkManagerOptions { extra, ..NetworkManagerOptions::default() }).await?;
    let before = lab.wire.settled().await?;
    let (address, gateway) = (rig.lte.v4, rig.lte.gateway_v4);
    let file = ConfigFile::of(&format!(
        "[settings]\nsettle = \"0s\"\nback-off = \"50ms\"\n[[access-point]]\nname = \"home\"\ninterface = \"wifi0\"\nconnection = \"home\"\n\
         [[access-point]]\nname = \"phone\"\ninterface = \"lte0\"\naddresses = [\"{}/{}\"]\ngateway = \"{gateway}\"\n\
         [[service-network]]\nname = \"net\"\nmembers = [\"home\", \"phone\"]\n",
        address.0, address.1
    ))?;
    let mut program = file.run(&["open", "--json", "net", "--", "cat"])?;
    let chosen = [program.event("chosen").await?, program.event("chosen").await?];
    assert_eq!([&chosen[0]["executor"], &chosen[1]["executor"]], ["networkmanager", "netlink"]);
    assert_eq!(program.event("connected").await?["access_point"], "home");
    lab.router.cut("wifi0").await?;
    let connected = program.event("connected").await?;
    assert_eq!((&connected["access_point"], &connected["interface"]), (&json!("phone"), &json!("lte0")));
    assert_eq!(lab.wire.dump().await?.about("Local(10.2.0.2)").count(), 1);
    // the better one is back: the session goes home
    lab.router.mend("wifi0").await?;
    assert_eq!(program.event("connected").await?["access_point"], "home");
    drop(program.input.take());
    program.ends_with(0).await?;
    rig.nm.becomes(rig.home.uuid(), None).await?;
    lab.wire.becomes(&before).await
}

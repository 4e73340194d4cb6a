//! What does an object say of itself? The documented interfaces, cut from the shipped XML, and the standard ones.

use super::XML;
use std::fmt::Write as _;

const HEAD: &str = "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n \
                    \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>\n";

/// Interfaces every object has.
const STANDARD: &str = r#"  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg name="xml_data" type="s" direction="out"/></method>
  </interface>
  <interface name="org.freedesktop.DBus.Peer">
    <method name="Ping"/>
    <method name="GetMachineId"><arg name="machine_uuid" type="s" direction="out"/></method>
  </interface>
"#;

/// The interface an object with properties has, besides.
const PROPERTIES: &str = r#"  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="out"/>
    </method>
    <method name="GetAll">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="properties" type="a{sv}" direction="out"/>
    </method>
    <method name="Set">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="in"/>
    </method>
    <signal name="PropertiesChanged">
      <arg name="interface_name" type="s"/>
      <arg name="changed_properties" type="a{sv}"/>
      <arg name="invalidated_properties" type="as"/>
    </signal>
  </interface>
"#;

/// One interface as it is in the shipped XML, comments and all; empty if it is not there.
#[must_use]
pub fn interface(name: &str) -> &'static str {
    const END: &str = "</interface>\n";
    let begin = XML.find(&format!("  <interface name=\"{name}\">"));
    let cut = begin.and_then(|begin| XML.get(begin..)).and_then(|rest| rest.find(END).and_then(|end| rest.get(..end + END.len())));
    cut.unwrap_or_default()
}

/// What an object says of itself: its own interface, if it has one, and the names of the objects right below it.
#[must_use]
pub fn node(own: Option<&str>, children: impl IntoIterator<Item = String>) -> String {
    let mut text = HEAD.to_owned() + STANDARD;
    if let Some(own) = own {
        text += PROPERTIES;
        text += interface(own);
    }
    for child in children {
        // writing to a string does not fail
        let _ = writeln!(text, "  <node name=\"{child}\"/>");
    }
    text + "</node>\n"
}

#[cfg(test)]
mod tests {
    use super::super::{MANAGER, SESSION};
    use super::*;

    #[test]
    fn each_interface_is_cut_whole() {
        for (name, first, last) in [(MANAGER, "\"Version\"", "\"RefreshCompleted\""), (SESSION, "\"Configuration\"", "\"Error\"")] {
            let cut = interface(name);
            assert!(cut.contains(first) && cut.contains(last), "{name}: {cut}");
            assert_eq!((cut.matches("<interface").count(), cut.matches("</interface>").count()), (1, 1));
        }
        assert_eq!(interface("org.example"), "");
    }

    #[test]
    fn a_node_names_its_children() {
        let text = node(None, ["a".to_owned()]);
        assert!(text.contains("<node name=\"a\"/>") && !text.contains("PropertiesChanged"), "{text}");
    }
}

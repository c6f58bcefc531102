//! Whether the machine runs on its battery.

use std::fs;
use std::path::Path;

/// Where Linux shows power supplies.
pub const POWER_SUPPLIES: &str = "/sys/class/power_supply";

/// Whether this machine runs on its battery now.
pub fn discharging() -> bool {
    on_battery(Path::new(POWER_SUPPLIES))
}

/// Whether a battery is being drained and no mains adapter is connected. Unknown is no.
pub fn on_battery(supplies: &Path) -> bool {
    let Ok(entries) = fs::read_dir(supplies) else {
        return false;
    };
    let mut discharging = false;
    for entry in entries.flatten() {
        let attribute = |name| fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        match attribute("type").trim() {
            // The battery of a mouse says nothing about the machine's.
            "Battery" if attribute("scope").trim() != "Device" => {
                discharging |= attribute("status").trim() == "Discharging";
            }
            // A weak adapter lets a battery discharge under load; plugged in is plugged in.
            "Mains" | "USB" if attribute("online").trim() == "1" => return false,
            _ => {}
        }
    }
    discharging
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    type Supply<'a> = (&'a str, &'a [(&'a str, &'a str)]);

    fn seen(supplies: &[Supply<'_>]) -> bool {
        let dir = tempfile::tempdir().unwrap();
        for (name, attributes) in supplies {
            let supply = dir.path().join(name);
            fs::create_dir(&supply).unwrap();
            for (name, value) in *attributes {
                fs::write(supply.join(name), format!("{value}\n")).unwrap();
            }
        }
        on_battery(dir.path())
    }

    const DRAINED: Supply<'static> = ("BAT0", &[("type", "Battery"), ("status", "Discharging")]);

    #[test]
    fn a_drained_battery_without_mains_counts() {
        assert!(seen(&[DRAINED]));
        assert!(seen(&[
            DRAINED,
            ("AC", &[("type", "Mains"), ("online", "0")])
        ]));
    }

    #[test]
    fn mains_power_settles_it() {
        assert!(!seen(&[
            ("AC", &[("type", "Mains"), ("online", "1")]),
            DRAINED
        ]));
        assert!(!seen(&[
            DRAINED,
            ("ucsi", &[("type", "USB"), ("online", "1")])
        ]));
        assert!(!seen(&[(
            "BAT0",
            &[("type", "Battery"), ("status", "Full")]
        )]));
    }

    #[test]
    fn the_battery_of_a_mouse_and_a_machine_without_one_do_not_count() {
        let mouse: Supply<'_> = (
            "hid",
            &[
                ("type", "Battery"),
                ("scope", "Device"),
                ("status", "Discharging"),
            ],
        );
        assert!(!seen(&[mouse]));
        assert!(!seen(&[]));
        assert!(!seen(&[("BAT0", &[])]));
        assert!(!on_battery(Path::new("/nonexistent")));
    }
}

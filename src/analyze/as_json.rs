//! Serialises what tells its fields by name, and leaves some out, into formats that tell them by their order.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// For `#[serde(with = "as_json")]`: the value as a text.
#[allow(clippy::ref_option)] // serde's signature
pub fn serialize<T: Serialize, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = value.as_ref().map(serde_json::to_string).transpose();
    text.map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}

/// See [`serialize`].
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(serde::de::Error::custom)
}

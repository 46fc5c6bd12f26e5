//! Values in JSON columns, with the meaning of Python's `json` module.

use serde_json::{Map, Number, Value as Json};

use super::{Int, Value};

/// A value that a JSON column cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// JSON has no infinity and no NaN. Python would write them, and the servers refuse what it writes.
    #[error("{0} is not a JSON number")]
    NotFinite(String),
    /// JSON numbers of 64 bits are all that reaches the servers unchanged.
    #[error("{0} does not fit a JSON number of 64 bits")]
    TooLarge(Int),
    /// Names in a JSON object are text. Python would turn some other keys into text without a word.
    #[error("the key {key} is {kind}; names in a JSON object are text")]
    Key {
        /// The key as Python would write it.
        key: String,
        /// What it is.
        kind: &'static str,
    },
    /// Two entries have one key.
    #[error("the key `{0}` appears twice")]
    DuplicateKey(String),
    /// JSON has nothing like it, and Python's `json.dumps` refuses it too.
    #[error("JSON cannot hold {0}")]
    Kind(&'static str),
}

impl Value {
    /// Returns the JSON that Python's `json.dumps` would write: tuples become arrays, the order of keys stays.
    ///
    /// # Errors
    /// Stricter than Python: NaN, infinities, whole numbers beyond 64 bits and keys that are not text are errors.
    pub fn to_json(&self) -> Result<Json, JsonError> {
        Ok(match self {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => match (value.to_i64(), value.to_u64()) {
                (Some(small), _) => Json::from(small),
                (None, Some(large)) => Json::from(large),
                (None, None) => return Err(JsonError::TooLarge(value.clone())),
            },
            Value::Float(value) => Json::Number(Number::from_f64(*value).ok_or_else(|| JsonError::NotFinite(self.to_string()))?),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(values) | Value::Tuple(values) => Json::Array(values.iter().map(Value::to_json).collect::<Result<_, _>>()?),
            Value::Map(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    let Value::Text(name) = key else {
                        return Err(JsonError::Key { key: key.to_string(), kind: key.kind() });
                    };
                    if object.insert(name.clone(), value.to_json()?).is_some() {
                        return Err(JsonError::DuplicateKey(name.clone()));
                    }
                }
                Json::Object(object)
            }
            Value::Complex(_)
            | Value::Bytes(_)
            | Value::Set(_)
            | Value::Decimal(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::Uuid(_)
            | Value::Array(_)
            | Value::Records(_)
            | Value::Cell(_)
            | Value::Struct(_) => return Err(JsonError::Kind(self.kind())),
        })
    }
}

/// What Python's `json.loads` makes of it: objects become maps, arrays lists.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Value::from(value),
                (None, Some(value)) => Value::from(value),
                (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Value::Text(text),
            Json::Array(values) => Value::List(values.into_iter().map(Value::from).collect()),
            Json::Object(entries) => Value::Map(entries.into_iter().map(|(key, value)| (Value::Text(key), Value::from(value))).collect()),
        }
    }
}

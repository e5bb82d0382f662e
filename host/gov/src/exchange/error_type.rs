//! What the type of an error of the exchange itself says (`X-Road-Error`; PR-REST, 4.3 and 4.6).

/// Errors of the platform's own security server that it answers before it sends anything on (X-Road 7.8,
/// `ClientRestMessageHandler.verifyCanProcess`, `ClientRestMessageProcessor.process`, `AbstractClientMessageProcessor`).
/// Its other errors, `LoggingFailed` and `NetworkError` among them, may come after the agency got the message.
const BEFORE_SENDING: [&str; 5] = [
    "outdatedglobalconf",
    "globalconfoutdated",
    "maintenancemode",
    "sslauthenticationfailed",
    "unknownmember",
];
const OWN_SERVER: &str = "server.clientproxy.";
const WITHDRAWN: &str = "server.serverproxy.accessdenied";

/// Where and why the exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorType {
    /// The platform's request is not one.
    Malformed,
    /// The agency's security server does not let the platform call the service.
    Withdrawn,
    /// The platform's own security server failed.
    Closed {
        /// Whether nothing was sent on.
        before_sending: bool,
    },
    /// Everything else: the agency's security server, or the agency, which may have got the message.
    Failed,
}

impl ErrorType {
    /// Until X-Road 7.7, and in PR-REST, the parts are in capitals (`Server.ServerProxy.AccessDenied`); since 7.8 in small
    /// letters with underscores (`server.serverproxy.access_denied`).
    pub(super) fn of(error: &str) -> Self {
        let plain = error.to_ascii_lowercase().replace('_', "");
        if plain.starts_with("client.") {
            return Self::Malformed;
        }
        if plain == WITHDRAWN {
            return Self::Withdrawn;
        }
        match plain.strip_prefix(OWN_SERVER) {
            Some(why) => Self::Closed {
                // More parts may follow, which say more of the same (`sslauthenticationfailed.…`).
                before_sending: BEFORE_SENDING.contains(&why.split('.').next().unwrap_or_default()),
            },
            None => Self::Failed,
        }
    }

    /// Whether the agency certainly did not get the message.
    pub(super) fn never_arrived(self) -> bool {
        match self {
            Self::Malformed | Self::Withdrawn => true,
            Self::Closed { before_sending } => before_sending,
            Self::Failed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_types_of_both_spellings_mean_the_same() {
        let closed = |before_sending| ErrorType::Closed { before_sending };
        for (error, meaning) in [
            ("Client.BadRequest", ErrorType::Malformed),
            ("client.bad_request", ErrorType::Malformed),
            ("Server.ServerProxy.AccessDenied", ErrorType::Withdrawn),
            ("server.serverproxy.access_denied", ErrorType::Withdrawn),
            ("Server.ServerProxy.ServiceFailed.AccessDenied", ErrorType::Failed),
            ("Server.ServerProxy.NetworkError", ErrorType::Failed),
            ("server.serverproxy.network_error", ErrorType::Failed),
            ("Server.ClientProxy.OutdatedGlobalConf", closed(true)),
            ("server.clientproxy.global_conf_outdated", closed(true)),
            ("Server.ClientProxy.UnknownMember", closed(true)),
            (
                "server.clientproxy.ssl_authentication_failed.io_error",
                closed(true),
            ),
            ("server.clientproxy.maintenance_mode", closed(true)),
            (
                "Server.ClientProxy.LoggingFailed.TimestamperFailed",
                closed(false),
            ),
            ("server.clientproxy.network_error", closed(false)),
            ("Server.ClientProxy.InconsistentResponse", closed(false)),
            ("Server.ClientProxy.ServiceFailed.UnknownMember", closed(false)),
            ("Clients.Own", ErrorType::Failed),
            ("server", ErrorType::Failed),
        ] {
            assert_eq!(ErrorType::of(error), meaning, "{error}");
        }
    }
}

//! Why no trusted TLS connection came about, told apart by what the handshake said, because each cause is cured in
//! another place.

/// A message and what to do about it.
pub(super) struct Cause {
    pub(super) message: &'static str,
    pub(super) hint: &'static str,
}

/// The cause behind what the handshake said; none where it says nothing that is known.
pub(super) fn cause(detail: &str, has_private_ca: bool) -> Option<Cause> {
    let detail = detail.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| detail.contains(word));
    let cause = |message, hint| Some(Cause { message, hint });
    if says(&["no ca certificates"]) {
        return cause(
            "this machine has no certificates of public authorities, so that no server can be trusted; nothing was sent",
            "install them (on Debian: the package `ca-certificates`), or give the private CA's certificate (PEM) with the \
             connection: `ncgate connect URL --ca FILE`",
        );
    }
    if says(&["expired"]) {
        return cause(
            "the server's certificate has expired",
            "renew the certificate on the N-central server; check this machine's clock too",
        );
    }
    if says(&["notvalidyet", "not valid yet", "not yet valid"]) {
        return cause(
            "the server's certificate is not valid yet",
            "check this machine's clock and the server's",
        );
    }
    if says(&["notvalidforname", "not valid for name"]) {
        return cause(
            "the server's certificate is for another name",
            "use the name that stands in the certificate as the address, or have a certificate made for this one",
        );
    }
    // A CA that was made anew under its old name gives a signature that does not fit.
    if says(&[
        "badsignature",
        "bad signature",
        "unknownissuer",
        "unknown issuer",
        "caused as end",
        "causedasendentity",
        "selfsigned",
    ]) {
        return if has_private_ca {
            cause(
                "the server's certificate was not issued by the private CA that this connection has",
                "give the certificate (PEM) of the CA that issued it, with all intermediate ones, when reconnecting",
            )
        } else {
            cause(
                "the server's certificate is self-signed, or was issued by an authority that this machine does not know",
                "give the private CA's certificate (PEM), or the server's own, with the connection: `ncgate connect URL --ca \
                 FILE`; certificate checks can't be switched off",
            )
        };
    }
    if says(&["corrupt message", "invalidcontenttype", "record"]) {
        return cause(
            "what listens there does not speak TLS",
            "check the port: it has to be the one of N-central's https address",
        );
    }
    None
}

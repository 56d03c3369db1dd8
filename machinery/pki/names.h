// CertificateSubject as X.509 names: the subject (RFC 5280 §4.1.2.6) and subjectAltName (§4.2.1.6),
// both ways.
#pragma once

#include "machinery/base/status.h"
#include "machinery/pki/openssl_handles.h"
#include "machinery/pki/pki.h"

namespace noizy {

/// Fills `name`. Invalid values (commonName over 64 bytes, a country that is not two letters) are
/// BadRequest and named.
Status WriteSubject(const CertificateSubject& subject, X509_NAME* name);

/// The subjectAltName extension; null when there is no alternative name. Critical when the subject
/// is empty, as RFC 5280 wants.
Result<openssl::ExtensionHandle> WriteAlternativeNames(const CertificateSubject& subject);

/// The members of `name` that CertificateSubject has, as UTF-8.
void ReadSubject(const X509_NAME* name, CertificateSubject& subject);

/// Whether there are names that CertificateSubject does not have.
bool HasOtherNames(const GENERAL_NAMES* names);

/// The names that CertificateSubject has; others are left out.
void ReadAlternativeNames(const GENERAL_NAMES* names, CertificateSubject& subject);

}  // namespace noizy

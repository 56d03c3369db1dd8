// Whether the machine has a network at all.
#pragma once

namespace noizy {

/// An interface other than the loopback is up, runs (a cable, a carrier) and has an address. True
/// when that cannot be found out.
bool HasNetwork();

}  // namespace noizy

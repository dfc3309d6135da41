/* scan.h - is a message's wire form what its definition says?
 *
 * Looks at the bytes before protobuf-c unpacks them and refuses what
 * protobuf-c would accept: fields that are not defined (it keeps them), the
 * wrong wire type, a single field given twice (it keeps the last, and merges
 * messages), lengths that do not fit. Allocates nothing.
 */
#pragma once
#include "base/bytes.h"
#include "base/err.h"

struct ProtobufCMessageDescriptor;

MUST_CHECK int rpc_scan(const struct ProtobufCMessageDescriptor *descriptor,
    struct bytes wire, struct err *err);

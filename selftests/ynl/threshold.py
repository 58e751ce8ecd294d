# SPDX-License-Identifier: GPL-2.0-or-later
"""Set a threshold, and wait a minute for its being crossed: the kernel's own
netlink library, whose command ends before that.  Prints the reply and what is
announced, as JSON."""
import json
import select
import sys

from lib import YnlFamily

ynl = YnlFamily(sys.argv[1], '')
ynl.ntf_subscribe('threshold')
print(json.dumps(ynl.do('threshold-set', json.loads(sys.argv[2]))), flush=True)
select.select([ynl.sock], [], [], 60)
ynl.check_ntf()
for message in ynl.async_msg_queue:
    print(json.dumps(message))

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of a virtual machine, as its QEMU or Xen's back end has them on the host's side. */
#ifndef KVMONITOR_NIC_H
#define KVMONITOR_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "hv/monitor.h"

#define NICS_MAX	16
#define NIC_NAME_MAX	64

/**
 * struct nic - an interface
 * @user: without one of the host's: QEMU is the network itself (-netdev user)
 * @name: of the host's interface; of QEMU's netdev with @user
 * @emulated: of a tap for the same card, which the guest may use in its place; empty for none
 */
struct nic {
	bool user;
	char name[NIC_NAME_MAX];
	char emulated[NIC_NAME_MAX];
};

/**
 * nic_taps() - Interfaces of the host's that a QEMU has open.
 * @pid: of it
 * @ret: gets them, in the order of its descriptors
 * @err: why it failed
 *
 * Return: how many; negative errno.
 */
int nic_taps(pid_t pid, struct nic ret[NICS_MAX], struct error *err);

/**
 * nic_vifs() - Interfaces of the host's that serve a domain of Xen's (netback).
 * @domain: its number
 * @ret: gets them, in the order of the domain's devices
 *
 * Those that another domain serves are not among them.  An HVM guest that has not unplugged its
 * emulated cards may send by these: each has a tap of its own beside the vif.
 *
 * Return: how many.
 */
int nic_vifs(uint32_t domain, struct nic ret[NICS_MAX]);

/**
 * nic_parse() - Interfaces that are networks inside of QEMU.
 * @text: what its monitor answers to "info network"
 * @ret: gets them
 * @room: of @ret
 *
 * Return: how many.
 */
size_t nic_parse(const char *text, struct nic *ret, size_t room);

/**
 * nic_users() - Likewise, of a QEMU that is asked.
 * @monitor: of it
 * @ret: gets them
 * @room: of @ret
 * @err: why it failed
 *
 * Return: how many; negative errno.
 */
int nic_users(struct monitor *monitor, struct nic *ret, size_t room, struct error *err);

#endif

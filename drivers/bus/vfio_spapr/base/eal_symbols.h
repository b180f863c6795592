/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EAL_SYMBOLS_H
#define EAL_SYMBOLS_H

/**
 * @file
 * What the plugin uses of DPDK, all of it from EAL and the libraries that EAL needs.
 *
 * The file does not name libraries of DPDK that it needs (DT_NEEDED): those would be of one
 * release, and beside a program with DPDK inside they would be a second EAL. Its symbols bind
 * to what the process has. They are weak, so that the file can be loaded into any program and
 * tell what is missing; base/eal_weak.h makes them so, base/eal_check.c looks at them.
 */

/* One a line. */
/* clang-format off */

/* Functions without which the plugin stays inactive. */
#define EAL_REQUIRED(symbol) \
	symbol(rte_bus_find) \
	symbol(rte_bus_find_by_name) \
	symbol(rte_bus_name) \
	symbol(rte_bus_register) \
	symbol(rte_bus_unregister) \
	symbol(rte_dev_bus) \
	symbol(rte_dev_bus_info) \
	symbol(rte_dev_devargs) \
	symbol(rte_dev_driver) \
	symbol(rte_dev_is_probed) \
	symbol(rte_dev_iterator_init) \
	symbol(rte_dev_iterator_next) \
	symbol(rte_dev_name) \
	symbol(rte_dev_numa_node) \
	symbol(rte_devargs_next) \
	symbol(rte_eal_alarm_cancel) \
	symbol(rte_eal_alarm_set) \
	symbol(rte_eal_get_runtime_dir) \
	symbol(rte_eal_has_pci) \
	symbol(rte_eal_iova_mode) \
	symbol(rte_eal_process_type) \
	symbol(rte_eal_using_phys_addrs) \
	symbol(rte_exit) \
	symbol(rte_fbarray_is_used) \
	symbol(rte_kvargs_free) \
	symbol(rte_kvargs_parse) \
	symbol(rte_kvargs_process) \
	symbol(rte_log) \
	symbol(rte_log_register_type_and_pick_level) \
	symbol(rte_mcfg_mem_read_lock) \
	symbol(rte_mcfg_mem_read_unlock) \
	symbol(rte_mem_alloc_validator_register) \
	symbol(rte_mem_alloc_validator_unregister) \
	symbol(rte_mem_event_callback_register) \
	symbol(rte_mem_event_callback_unregister) \
	symbol(rte_mem_virt2iova) \
	symbol(rte_mem_virt2memseg) \
	symbol(rte_mem_virt2memseg_list) \
	symbol(rte_mem_virt2phy) \
	symbol(rte_memseg_contig_walk) \
	symbol(rte_memseg_contig_walk_thread_unsafe) \
	symbol(rte_memseg_list_walk_thread_unsafe) \
	symbol(rte_memseg_walk) \
	symbol(rte_mp_action_register) \
	symbol(rte_mp_action_unregister) \
	symbol(rte_mp_reply) \
	symbol(rte_socket_count) \
	symbol(rte_socket_id_by_idx) \
	symbol(rte_tel_data_add_array_int) \
	symbol(rte_tel_data_add_array_string) \
	symbol(rte_tel_data_add_dict_container) \
	symbol(rte_tel_data_add_dict_string) \
	symbol(rte_tel_data_alloc) \
	symbol(rte_tel_data_free) \
	symbol(rte_tel_data_start_array) \
	symbol(rte_tel_data_start_dict) \
	symbol(rte_telemetry_register_cmd) \
	symbol(rte_version)

/* Variables of a thread. They have no address to look at before a thread uses them. */
#define EAL_THREAD(symbol) \
	symbol(per_lcore__rte_errno)

/* Functions that some releases do not have: their user compares them with NULL. */
#define EAL_OPTIONAL(symbol) \
	symbol(rte_tel_data_add_dict_u64) \
	symbol(rte_tel_data_add_dict_uint)

/* clang-format on */

#endif /* EAL_SYMBOLS_H */

import type { Outbound } from '#libs/outbound';
import type { Tool } from '../tool.js';
import { fetchWebpage } from './fetch-webpage.js';
import { httpTools } from './http-tools.js';

/** The tools of the web (TOL-2). All of their requests go through the one client, which says where they may go. */
export function webTools(outbound: Outbound): Tool[] {
  return [...httpTools(outbound), fetchWebpage(outbound)];
}

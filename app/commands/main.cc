// The program. Finds the command; everything else is in the command's own file.
#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands/commands.h"

int main(int argc, char** argv) {
  CLI::App program("icebox: TURN, STUN and WebRTC signaling in one process", "icebox");
  program.require_subcommand(1);
  int status = app::kDone;
  app::add_serve(program, status);
  app::add_check_config(program, status);
  app::add_user(program, status);
  app::add_peer(program, status);
  app::add_credential(program, status);
  app::add_verify_credential(program, status);
  app::add_explain(program, status);
  app::add_control_commands(program, status);
  app::add_version(program, status);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    program.exit(error);
    return app::kWrongUsage;
  } catch (const std::exception& error) {  // a descriptor or memory that the kernel did not give
    std::cerr << "icebox: " << error.what() << '\n';
    return app::kFailed;
  }
  return status;
}

import java.util.ArrayList;
import net.sf.gogui.go.Board;
import net.sf.gogui.go.GoPoint;
import net.sf.gogui.gtp.AnalyzeCommand;
import net.sf.gogui.gtp.AnalyzeDefinition;
import net.sf.gogui.gtp.AnalyzeType;
import net.sf.gogui.gtp.GtpClient;
import net.sf.gogui.gtp.GtpUtil;
import net.sf.gogui.gui.AnalyzeShow;
import net.sf.gogui.gui.GuiBoard;

/** Lets GoGui's own classes show every analyze command of an engine: java Drive SIZE COMMAND MOVE...

    Prints a line for each: its type, its command and, tab-separated, what the board then has of it, point by point from
    the top left: the numbers of a `dboard`, for any other the labels. An exception of GoGui's ends it. */
public class Drive
{
    public static void main(String[] args) throws Exception
    {
        int size = Integer.parseInt(args[0]);
        GtpClient engine = new GtpClient(args[1], null, false, null);
        engine.queryProtocolVersion();
        engine.querySupportedCommands();
        engine.send("boardsize " + size);
        engine.send("clear_board");
        for (int i = 2; i < args.length; ++i)
            engine.send("play " + args[i]);
        String offered = engine.send("gogui-analyze_commands");
        ArrayList<AnalyzeDefinition> definitions =
            AnalyzeDefinition.read(engine.getSupportedCommands(), null, offered);
        for (AnalyzeDefinition definition : definitions)
        {
            String response = engine.send(definition.getCommand());
            GuiBoard shown = new GuiBoard(size);
            AnalyzeShow.show(new AnalyzeCommand(definition), shown, null, new Board(size), response, new StringBuilder());
            StringBuilder points = new StringBuilder();
            boolean numbers = definition.getType() == AnalyzeType.DBOARD;
            double[][] values = numbers ? GtpUtil.parseDoubleBoard(response, size) : null;
            for (int y = size - 1; y >= 0; --y)
                for (int x = 0; x < size; ++x)
                    points.append('\t').append(numbers ? values[x][y] : shown.getLabel(GoPoint.get(x, y)));
            System.out.println(definition.getType() + " " + definition.getCommand() + points);
        }
        engine.send("quit");
        System.exit(0);
    }
}
